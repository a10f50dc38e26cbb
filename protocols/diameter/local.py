"""Who we are to our peers."""

from dataclasses import dataclass

PRODUCT_NAME = "eir"
FIRMWARE_REVISION = 1  # of this module (RFC 6733 §5.3.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """Our own Diameter identity, and whom we let in.

    Attributes:
        origin_host: our name.
        origin_realm: our realm.
        host_aliases: further Destination-Hosts that mean us.
        realms: further Destination-Realms that we serve.
        accept_any_peer: let in nodes that are not in the configuration.
        origin_state_id: grows with each start; the time of the start in seconds (RFC 6733 §8.16).
    """

    origin_host: str
    origin_realm: str
    host_aliases: tuple[str, ...] = ()
    realms: tuple[str, ...] = ()
    accept_any_peer: bool = False
    origin_state_id: int = 0

    def is_host(self, name: str) -> bool:
        """Tell whether a Destination-Host means us; names compare as DNS does (§4.3.1)."""
        return _is_one_of(name, (self.origin_host, *self.host_aliases))

    def is_realm(self, name: str) -> bool:
        """Tell whether we serve a Destination-Realm."""
        return _is_one_of(name, (self.origin_realm, *self.realms))


def _is_one_of(name: str, names: tuple[str, ...]) -> bool:
    return name.lower() in {known.lower() for known in names}
