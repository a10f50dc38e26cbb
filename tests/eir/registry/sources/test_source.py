from eir.registry.outcome import Outcome, SourceError
from eir.registry.sources.source import ConnectionLostError


def test_a_lost_connection_is_a_source_that_cannot_be_reached() -> None:
    error = ConnectionLostError("it broke", next_step="wait")

    assert isinstance(error, SourceError)
    assert error.outcome is Outcome.UNREACHABLE
    assert error.exit_code == 69
