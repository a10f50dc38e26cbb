"""Every error says with which code it is answered."""

import pytest

from protocols.m3ua.codes import ErrorCode
from protocols.m3ua.errors import M3uaError

CLASSES: list[type[M3uaError]] = [M3uaError, *M3uaError.__subclasses__()]


@pytest.mark.spec("RFC 4666", "3.8.1")
def test_every_code_that_we_send_has_one_class() -> None:
    codes = [each.error_code for each in CLASSES]
    # Parameters that we do not know, or do not expect, harm nobody and are passed over.
    assert sorted(codes) == sorted(set(ErrorCode) - {ErrorCode.UNEXPECTED_PARAMETER})


def test_an_error_says_what_and_where() -> None:
    error = M3uaError("parameter length 3", offset=8)
    assert str(error) == "m3ua: parameter length 3 at octet 8"
    assert (error.reason, error.routing_contexts, error.affected) == ("parameter length 3", (), b"")
