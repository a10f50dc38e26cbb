"""Notices as SNMP traps, of version 2c and 3 (RFC 3416 §4.2.6, RFC 3414).

config/EIR-MIB.txt names what is in them. Nobody acknowledges a trap: one that was sent counts as
delivered. This is the one module that knows pysnmp.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pyasn1.error import PyAsn1Error
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as hlapi

from eir.alarms.board import Notice
from eir.alarms.catalogue import KINDS
from eir.alarms.outlets.outlet import Outlet, UndeliveredError
from eir.config import SnmpManager
from eir.registry.credential import secret
from eir.registry.outcome import SourceError

# ITU-ALARM-TC-MIB, ItuPerceivedSeverity
SEVERITIES = {"cleared": 1, "critical": 3, "major": 4, "minor": 5, "warning": 6}
EVENTS = {"raised": 1, "cleared": 2}
LEAST_KEY = 8  # letters (RFC 3414 §11.2)
MAX_TEXT = 255  # octets; RFC 3411 §5: SnmpAdminString

_AUTH = {
    "sha": hlapi.USM_AUTH_HMAC96_SHA,
    "sha224": hlapi.USM_AUTH_HMAC128_SHA224,
    "sha256": hlapi.USM_AUTH_HMAC192_SHA256,
    "sha384": hlapi.USM_AUTH_HMAC256_SHA384,
    "sha512": hlapi.USM_AUTH_HMAC384_SHA512,
}
_PRIVACY = {
    "aes": hlapi.USM_PRIV_CFB128_AES,
    "aes192": hlapi.USM_PRIV_CFB192_AES,
    "aes256": hlapi.USM_PRIV_CFB256_AES,
}
_ENTERPRISE = 8072  # net-snmp's, whose playground EIR-MIB stands in


def managers(wanted: Sequence[SnmpManager], *, root: str, node: str) -> list[Outlet]:
    """Open the way to each manager.

    Args:
        wanted: the managers.
        root: where EIR-MIB stands.
        node: our name.
    """
    opened = [_Manager(each, root=root, node=node) for each in wanted]
    return [Outlet(f"snmp {each.name}", each.deliver, each.close) for each in opened]


class _Manager:
    """One manager, with an engine of its own: another may know the same user by other keys."""

    def __init__(self, wanted: SnmpManager, *, root: str, node: str) -> None:
        self.name = f"{wanted.address} {wanted.port} {wanted.version}"
        self._wanted = wanted
        self._root = root
        self._node = node
        self._engine = engine(node, datetime.now(UTC))
        self._way: tuple[Any, Any] | None = None  # who we are, and where it is

    async def deliver(self, notice: Notice, _lost: int) -> None:
        """See `Outlet`; of what was lost the log tells alone."""
        objects = [
            hlapi.ObjectType(hlapi.ObjectIdentity(name), value)
            for name, value in trap(notice, root=self._root, node=self._node)
        ]
        try:
            auth, target = self._way = self._way or await _way(self._wanted)
            failure, *_ = await hlapi.send_notification(
                self._engine, auth, target, hlapi.ContextData(), "trap", *objects, lookupMib=False
            )
        except SourceError as error:
            raise UndeliveredError(str(error), next_step="see [[alarms.snmp]]") from None
        except (PySnmpError, PyAsn1Error, OSError) as error:
            raise _refused(error) from None
        if failure:
            raise _refused(failure)

    def close(self) -> None:
        """Give the sockets back."""
        self._engine.close_dispatcher()


def _refused(why: object) -> UndeliveredError:
    """Say that a trap cannot be sent, now or later."""
    return UndeliveredError(
        str(why) or type(why).__name__, next_step="see [[alarms.snmp]]", is_final=True
    )


def engine_id(node: str) -> bytes:
    """Name our engine, the same at each start (RFC 3411 §5, SnmpEngineID, format 5: octets)."""
    enterprise = (1 << 31 | _ENTERPRISE).to_bytes(4)
    return enterprise + b"\x05" + hashlib.sha256(node.encode()).digest()[:12]


def engine(node: str, now: datetime) -> Any:
    """Make an engine.

    Its boots grow with each start, without a file that keeps them: a manager refuses what is
    older than what it has seen (RFC 3414 §3.2, step 7).
    """
    snmp = hlapi.SnmpEngine()  # with an id it would keep its boots where everybody can write
    builder = snmp.get_mib_builder()
    number, boots = builder.import_symbols(
        "__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots"
    )
    number.syntax = number.syntax.clone(engine_id(node))
    snmp.snmpEngineID = number.syntax
    boots.syntax = boots.syntax.clone(int(now.timestamp()) // 60)
    return snmp


def trap(notice: Notice, *, root: str, node: str) -> list[tuple[str, Any]]:
    """Say a notice in objects of EIR-MIB: object identifiers and values."""
    alarm = notice.alarm
    severity = alarm.severity if notice.event == "raised" else "cleared"
    values = (
        _text(node),
        hlapi.Integer32(KINDS[alarm.kind].number),
        _text(alarm.about),
        hlapi.Integer32(SEVERITIES[severity]),
        _text(alarm.text),
        _text(alarm.next_step),
        _date(alarm.since),
    )
    return [
        ("1.3.6.1.6.3.1.1.4.1.0", hlapi.ObjectIdentifier(f"{root}.0.{EVENTS[notice.event]}")),
        *((f"{root}.1.{place}.0", value) for place, value in enumerate(values, start=1)),
    ]


async def _way(wanted: SnmpManager) -> tuple[Any, Any]:
    """Read who we are to a manager, and find it.

    Raises:
        SourceError: a key or a community cannot be read.
    """
    is_v4 = ip_address(wanted.address).version == 4
    target = hlapi.UdpTransportTarget if is_v4 else hlapi.Udp6TransportTarget
    return _auth(wanted), await target.create((wanted.address, wanted.port))


def _auth(wanted: SnmpManager) -> Any:
    if wanted.version == "2c":
        # mpModel 1 is v2c: the operator asked for it.
        return hlapi.CommunityData(_secret(wanted.community_file), mpModel=1)  # noqa: S508
    return hlapi.UsmUserData(
        wanted.user,
        authKey=_key(wanted.auth_key_file),
        privKey=_key(wanted.privacy_key_file),
        authProtocol=_AUTH[wanted.auth],
        privProtocol=_PRIVACY[wanted.privacy],
    )


def _key(file: Path | None) -> str:
    """Read what a key is made of.

    Raises:
        SourceError: it cannot be read, or is too short.
    """
    found = _secret(file)
    if len(found) < LEAST_KEY:
        raise SourceError(
            f"{file}: it has {LEAST_KEY} letters at least", next_step="see [[alarms.snmp]]"
        )
    return found


def _secret(file: Path | None) -> str:
    assert file is not None  # noqa: S101 - the configuration was checked
    return secret(file)


def _text(text: str) -> Any:
    """Write an SnmpAdminString: UTF-8, cut between characters."""
    return hlapi.OctetString(text.encode()[:MAX_TEXT].decode(errors="ignore").encode())


def _date(text: str) -> Any:
    """Write DateAndTime (RFC 2579 §2) in UTC."""
    at = datetime.fromisoformat(text)
    return hlapi.OctetString(
        at.year.to_bytes(2) + bytes((at.month, at.day, at.hour, at.minute, at.second, 0)) + b"+\0\0"
    )
