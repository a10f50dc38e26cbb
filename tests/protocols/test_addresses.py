from ipaddress import ip_address

import pytest

from protocols.addresses import plain


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
    ],
)
def test_an_address_is_what_is_meant(written: str, meant: str) -> None:
    assert plain(written) == ip_address(meant)


@pytest.mark.parametrize("text", ["", "localhost", "192.0.2", "192.0.2.1:3868"])
def test_a_name_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        plain(text)
