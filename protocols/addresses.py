"""IP addresses as they are meant, however they are written."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def plain(address: str) -> IPv4Address | IPv6Address:
    """Read an address without its zone; IPv4 mapped into IPv6 is IPv4 (RFC 4291 §2.5.5.2).

    Raises:
        ValueError: it is no IP address.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
