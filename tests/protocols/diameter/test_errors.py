import pytest

from protocols.diameter import errors
from protocols.diameter.codes import ResultCode
from protocols.diameter.errors import DiameterError

# RFC 6733 §7.1.3 to §7.1.5, typed from the text.
CODES = {
    errors.DiameterError: 5012,
    errors.UnsupportedCommandError: 3001,
    errors.UnableToDeliverError: 3002,
    errors.RealmNotServedError: 3003,
    errors.TooBusyError: 3004,
    errors.UnsupportedApplicationError: 3007,
    errors.InvalidHeaderBitsError: 3008,
    errors.InvalidAvpBitsError: 3009,
    errors.UnknownPeerError: 3010,
    errors.ElectionLostError: 4003,
    errors.UnsupportedAvpError: 5001,
    errors.InvalidAvpValueError: 5004,
    errors.MissingAvpError: 5005,
    errors.RepeatedAvpError: 5009,
    errors.NoCommonApplicationError: 5010,
    errors.UnsupportedVersionError: 5011,
    errors.InvalidAvpLengthError: 5014,
    errors.InvalidMessageLengthError: 5015,
    errors.NoCommonSecurityError: 5017,
}


@pytest.mark.spec("RFC 6733", "7.1")
def test_every_error_has_the_code_of_the_specification() -> None:
    assert {kind: kind.result_code for kind in _kinds()} == CODES


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.result_code for kind in _kinds()]
    assert len(set(codes)) == len(codes)


def test_every_error_says_its_code_itself() -> None:
    assert [
        kind for kind in DiameterError.__subclasses__() if "result_code" not in vars(kind)
    ] == []


def test_an_error_without_an_offending_avp_shows_none() -> None:
    error = DiameterError("reason")
    assert (error.reason, error.failed_avp, str(error)) == ("reason", b"", "reason")
    assert error.result_code is ResultCode.UNABLE_TO_COMPLY


def _kinds() -> list[type[DiameterError]]:
    """List every kind of refusal."""
    return [DiameterError, *DiameterError.__subclasses__()]
