import pytest

from protocols.tcap import errors
from protocols.tcap.errors import BerError, TcapError


@pytest.mark.spec("ITU-T Q.772", "2.3")
def test_every_error_says_its_p_abort_cause_itself() -> None:
    kinds: list[type[TcapError]] = [TcapError, *TcapError.__subclasses__()]
    assert {kind.__name__: int(kind.abort_cause) for kind in kinds} == {
        "TcapError": 2,
        "UnrecognizedTypeError": 0,
        "IncorrectPortionError": 3,
        "TooMuchError": 4,
    }
    assert all("abort_cause" in vars(kind) for kind in kinds)


def test_an_error_says_where_and_of_which_layer_it_is() -> None:
    assert str(BerError("no tag", offset=7)) == "tcap: no tag at octet 7"
    assert errors.TooMuchError("1025 octets", offset=1024).reason == "1025 octets"
