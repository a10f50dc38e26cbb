import pytest

from protocols.diameter import errors, routing
from protocols.diameter.codec import Header
from protocols.diameter.local import Local
from tests.protocols.diameter.messages import (
    BASE,
    CER,
    DPR,
    DWR,
    ECR,
    EIR,
    ERROR,
    PROXIABLE,
    REALM,
    RELAY,
    REQUEST,
    RETRANSMITTED,
    S13,
    ecr,
    parse,
    text,
)

LOCAL = Local(
    origin_host=EIR, origin_realm=REALM, host_aliases=("pool.example.net",), realms=("example.org",)
)


def header(application: int, command: int, flags: int = REQUEST | PROXIABLE) -> Header:
    return Header(flags, command, application, 1, 2)


@pytest.mark.parametrize(
    ("application", "command"), [(BASE, CER), (BASE, DWR), (BASE, DPR), (S13, ECR)]
)
def test_the_commands_that_we_have_pass(application: int, command: int) -> None:
    routing.check_header(header(application, command))


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize("application", [1, 16777251, 16777253, RELAY])
def test_another_application_is_3007(application: int) -> None:
    with pytest.raises(errors.UnsupportedApplicationError, match=str(application)):
        routing.check_header(header(application, ECR))


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize(
    ("application", "command"),
    [(BASE, ECR), (BASE, 258), (BASE, 275), (S13, CER), (S13, DWR), (S13, 316), (S13, 0xFFFFFF)],
)
def test_a_command_that_its_application_does_not_have_is_3001(
    application: int, command: int
) -> None:
    with pytest.raises(errors.UnsupportedCommandError, match=str(command)):
        routing.check_header(header(application, command))


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize(("application", "command"), [(BASE, DWR), (S13, ECR)])
def test_an_error_bit_in_a_request_is_3008(application: int, command: int) -> None:
    with pytest.raises(errors.InvalidHeaderBitsError):
        routing.check_header(header(application, command, REQUEST | PROXIABLE | ERROR))


@pytest.mark.spec("TS 29.272", "7.2.19")
def test_a_check_that_is_not_proxiable_is_3008() -> None:
    with pytest.raises(errors.InvalidHeaderBitsError):
        routing.check_header(header(S13, ECR, REQUEST))


@pytest.mark.parametrize("flags", [REQUEST, REQUEST | PROXIABLE, REQUEST | RETRANSMITTED])
def test_other_flags_of_a_base_command_are_let_pass(flags: int) -> None:
    routing.check_header(header(BASE, DWR, flags))


def test_a_retransmitted_check_is_a_check() -> None:
    routing.check_header(header(S13, ECR, REQUEST | PROXIABLE | RETRANSMITTED))


def test_the_application_is_judged_before_the_command_and_the_command_before_the_flags() -> None:
    with pytest.raises(errors.UnsupportedApplicationError):
        routing.check_header(header(1, 999, REQUEST | ERROR))
    with pytest.raises(errors.UnsupportedCommandError):
        routing.check_header(header(S13, 999, REQUEST | ERROR))


# Who is asked

HOST, OTHER_HOST = text(293, EIR), text(293, "hss.example.net")
OTHER_REALM = text(283, "example.com")


def check(host: bytes, realm: bytes) -> None:
    message = parse(ecr({"destination_host": host, "destination_realm": realm}))
    routing.check_destination(message, LOCAL)


@pytest.mark.spec("RFC 6733", "6.1.4")
@pytest.mark.parametrize(
    ("host", "realm"),
    [
        (HOST, text(283, REALM)),
        (HOST, OTHER_REALM),  # "contains the local host's identity": no word of the realm
        (HOST, b""),
        (text(293, "EIR.example.NET"), text(283, REALM)),
        (text(293, "Pool.example.net"), text(283, REALM)),
        (b"", text(283, REALM)),
        (b"", text(283, "Example.ORG")),
        (b"", b""),
    ],
)
def test_a_request_for_our_host_or_our_realm_or_for_nobody_is_ours(
    host: bytes, realm: bytes
) -> None:
    check(host, realm)


@pytest.mark.spec("RFC 6733", "7.1.3")
@pytest.mark.parametrize("host", [b"", OTHER_HOST])
def test_a_realm_that_we_do_not_serve_is_3003(host: bytes) -> None:
    with pytest.raises(errors.RealmNotServedError):
        check(host, OTHER_REALM)


@pytest.mark.spec("RFC 6733", "6.1")
@pytest.mark.parametrize("realm", [text(283, REALM), b""])
def test_another_host_of_our_realm_is_3002(realm: bytes) -> None:
    with pytest.raises(errors.UnableToDeliverError):
        check(OTHER_HOST, realm)


@pytest.mark.parametrize(("host", "realm"), [(text(293, ""), b""), (b"", text(283, "réalm"))])
def test_a_destination_that_is_no_name_is_5004(host: bytes, realm: bytes) -> None:
    with pytest.raises(errors.InvalidAvpValueError) as caught:
        check(host, realm)
    assert caught.value.failed_avp == host + realm
