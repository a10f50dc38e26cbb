from protocols.sccp import errors
from protocols.sccp.codes import ReturnCause
from protocols.sccp.errors import SccpError, UndeliverableError


def test_each_way_of_being_undeliverable_has_its_own_cause() -> None:
    causes = {kind.__name__: kind.return_cause for kind in UndeliverableError.__subclasses__()}
    assert causes == {
        "NoTranslationForNatureError": ReturnCause.NO_TRANSLATION_FOR_NATURE,
        "NoTranslationForAddressError": ReturnCause.NO_TRANSLATION_FOR_ADDRESS,
        "UnequippedUserError": ReturnCause.UNEQUIPPED_USER,
        "HopCounterViolationError": ReturnCause.HOP_COUNTER_VIOLATION,
    }


def test_the_overview_names_every_error() -> None:
    kinds = [SccpError, UndeliverableError, *UndeliverableError.__subclasses__()]
    assert [kind for kind in kinds if kind.__name__ not in (errors.__doc__ or "")] == []


def test_octets_that_are_no_message_are_sccps_to_refuse() -> None:
    error = SccpError("too short", offset=3)
    assert (error.layer, error.reason, error.offset) == ("sccp", "too short", 3)
