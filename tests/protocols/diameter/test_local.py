import pytest

from protocols.diameter.local import Local

LOCAL = Local(
    origin_host="eir.example.net",
    origin_realm="example.net",
    host_aliases=("eir-pool.example.net",),
    realms=("example.org",),
)


@pytest.mark.spec("RFC 6733", "4.3.1")
@pytest.mark.parametrize("name", ["eir.example.net", "EIR.Example.NET", "EIR-POOL.example.net"])
def test_our_name_and_its_aliases_mean_us_in_upper_and_lower_case(name: str) -> None:
    assert LOCAL.is_host(name)


@pytest.mark.parametrize("name", ["", "eir", "eir.example.net.", "example.net", "xeir.example.net"])
def test_another_name_does_not_mean_us(name: str) -> None:
    assert not LOCAL.is_host(name)


@pytest.mark.parametrize("name", ["example.net", "EXAMPLE.net", "Example.Org"])
def test_our_realm_and_the_further_ones_are_served(name: str) -> None:
    assert LOCAL.is_realm(name)


@pytest.mark.parametrize("name", ["", "net", "sub.example.net", "example.com", "eir.example.net"])
def test_another_realm_is_not_served(name: str) -> None:
    assert not LOCAL.is_realm(name)
