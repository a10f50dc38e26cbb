"""Peers of every habit that ask over SS7, drawn by a seed: how they write Check-IMEIs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.eir.transport.askers import LISTED, SUBSCRIBERS
from tests.protocols.m3ua import wire
from tests.protocols.sccp import messages as sccp
from tests.protocols.tcap.octets import (
    aarq,
    abort,
    begin,
    components,
    end,
    go_on,
    integer,
    invoke,
    result,
    tlv,
)
from tools.ss7_map import EXAMPLE_EXTENSION, HUAWEI_IMSI, tbcd
from tools.ss7_sccp import Address, Title

CORRELATION = 0x13  # RFC 4666 §3.2
APPEARANCE = 7
EXCHANGE = 10  # the first of the point codes that ask
IMPORTANCE = bytes([18, 1, 5, 0])
# RequestedEquipmentInfo (TS 29.002 §17.7.1): the status, both, the BMUEF, neither
_WANTS = [bytes.fromhex(bits) for bits in ("0680", "06c0", "0640", "0600")]
_TAG0, _PRIVATE, _CONTAINER, _ELSEWHERE = "tag0", "private", "container", "elsewhere"


@dataclass(frozen=True, slots=True)
class Habit:
    """How one sender writes its checks.

    Attributes:
        version: of MAP.
        has_dialogue: whether it sends a dialogue portion.
        kind: of the SCCP message.
        fixed: its protocol class and what is to be done on errors.
        hops: of its hop counter.
        options: optional parameters of SCCP.
        called: how it addresses us.
        titles: calling digits that it speaks for; "" routes on the subsystem number.
        indicator: of its calling global title.
        has_point_code: whether calling addresses have one.
        point_codes: that it asks from.
        before: parameters of M3UA before the data.
        after: and behind.
        priority: of its messages.
        sls: how many values of SLS it uses.
        otid: how many octets its transaction ids have.
        invoke_ids: that it uses.
        imei: how many digits.
        imsi: where it puts the IMSI; "": nowhere.
        wants: the element by which it requests equipment information, from version 3.
    """

    version: int
    has_dialogue: bool
    kind: int
    fixed: int
    hops: int
    options: bytes
    called: bytes
    titles: Sequence[str]
    indicator: int
    has_point_code: bool
    point_codes: Sequence[int]
    before: bytes
    after: bytes
    priority: int
    sls: int
    otid: int
    invoke_ids: Sequence[int]
    imei: int
    imsi: str
    wants: bytes


def habit(draw: random.Random, context: int) -> Habit:
    """Draw one of a sender to the application server of a routing context."""
    version = draw.choice([1, 2, 2, 3, 3])
    kind = draw.choice([sccp.UDT, sccp.UDT, sccp.XUDT, sccp.LUDT])
    by_title = draw.random() < 0.6
    ours = draw.choice([None, wire.EIR])
    title = Title(draw.choice(["994500000009", "99450000009"]), draw.randrange(1, 5))
    point_code = EXCHANGE + draw.randrange(8)
    digits = f"9945000{draw.randrange(100):02d}"
    imei = draw.choice([14, 15, 15, 16])
    appearance = wire.number(wire.NA, APPEARANCE) if draw.random() < 0.5 else b""
    return Habit(
        version=version,
        has_dialogue=version > 1 or draw.random() < 0.3,
        kind=kind,
        fixed=draw.choice([0x00, 0x00, 0x01, 0x80, 0x81]),
        hops=draw.choice([15, 15, 3]),
        options=IMPORTANCE if kind != sccp.UDT and draw.random() < 0.3 else b"",
        called=Address(9, ours, draw.choice([title, None])).octets,
        titles=[f"{digits}{n}" for n in range(draw.choice([1, 1, 4]))] if by_title else [""],
        indicator=draw.choice([4, 4, 4, 3, 2, 1]),
        has_point_code=draw.random() < 0.5,
        point_codes=[point_code + n for n in range(draw.choice([1, 1, 3]))],
        before=appearance + wire.number(wire.RC, context),
        after=wire.number(CORRELATION, 1) if draw.random() < 0.2 else b"",
        priority=draw.choice([0, 0, 1]),
        sls=draw.choice([1, 16, 256]),
        otid=draw.choice([4, 4, 4, 3, 2, 1]),
        invoke_ids=draw.choice([[0], [1], range(-128, 128)]),
        imei=imei,
        imsi=draw.choice(["", "", _TAG0, _PRIVATE, _CONTAINER, _ELSEWHERE]),
        wants=tlv("03", draw.choice(_WANTS[:3] if imei == 16 else _WANTS[:1])),
    )


def plain_habit(context: int) -> Habit:
    """Give that of an ordinary MSC, which asks by MAP version 2 and a global title."""
    return Habit(
        version=2,
        has_dialogue=True,
        kind=sccp.UDT,
        fixed=0x00,
        hops=15,
        options=b"",
        called=Address(9, wire.EIR, None).octets,
        titles=["994500001"],
        indicator=4,
        has_point_code=False,
        point_codes=[EXCHANGE],
        before=wire.number(wire.RC, context),
        after=b"",
        priority=0,
        sls=16,
        otid=4,
        invoke_ids=[1],
        imei=15,
        imsi="",
        wants=b"",
    )


class MapAsker:
    """One sender: most of its checks are alike, some are odd."""

    def __init__(
        self, draw: random.Random, context: int, agreed: Sequence[tuple[bytes, bytes]]
    ) -> None:
        """Draw its habit.

        Args:
            draw: draws everything.
            context: routing context that it asks.
            agreed: the ids of dialogues that may go on, the EIR's and the asker's.
        """
        self._draw = draw
        self._context = context
        self._agreed = agreed
        self._habit = habit(draw, context)

    def keep_to(self, habit: Habit) -> None:
        """Ask in this manner from now on."""
        self._habit = habit

    def check(self) -> bytes:
        """Write the next check, of those that are alike."""
        return self._data(self._sccp(self._begin(self._check())))

    def ask(self) -> list[bytes]:
        """Write the next check; of a few it takes several messages."""
        draw = self._draw
        if draw.random() < 0.92:
            return [self.check()]
        odd = draw.randrange(4)
        match odd:
            case 0:
                return [self._mangled()]
            case 1:
                return [self._data(self._sccp(self._odd_tcap()))]
            case 2:
                return [self._data(octets) for octets in self._odd_sccp()]
        return [self._misled(self._sccp(self._begin(self._check())))]

    # M3UA

    def _data(self, user_data: bytes, *, dpc: int = wire.EIR, si: int = 3, ni: int = 2) -> bytes:
        """Write the DATA that carries an SCCP message."""
        draw, how = self._draw, self._habit
        points = draw.choice(how.point_codes), dpc
        label = wire.label(points, si, ni, how.priority, draw.randrange(how.sls))
        carried = wire.parameter(wire.DATA, label + user_data)
        return wire.message("DATA", how.before, carried, how.after)

    def _misled(self, user_data: bytes) -> bytes:
        """Write one that is not for us, or not of our network."""
        match self._draw.randrange(5):
            case 0:
                return self._data(user_data, dpc=wire.EIR + 1)
            case 1:
                return self._data(user_data, si=5)
            case 2:
                return self._data(user_data, ni=0)
            case 3:
                return wire.data(self._context + 900, user_data=user_data)
        return wire.data(self._context, na=APPEARANCE + 1, user_data=user_data)

    def _mangled(self) -> bytes:
        """Write one with an octet that is another; the header of M3UA stays."""
        draw = self._draw
        octets = bytearray(self._data(self._sccp(self._begin(self._check()))))
        octets[draw.randrange(8, len(octets))] = draw.randrange(256)
        return bytes(octets)

    # SCCP

    def _sccp(self, data: bytes) -> bytes:
        how = self._habit
        return self._message(how.called, self._calling(), data)

    def _message(self, called: bytes, calling: bytes, data: bytes) -> bytes:
        how = self._habit
        return sccp.message(
            how.kind, called, calling, data, fixed=how.fixed, hops=how.hops, options=how.options
        )

    def _calling(self) -> bytes:
        draw, how = self._draw, self._habit
        digits = draw.choice(how.titles)
        title = Title(digits, how.indicator) if digits else None
        return Address(8, EXCHANGE if how.has_point_code else None, title).octets

    def _odd_sccp(self) -> list[bytes]:
        """Write what is no Check-IMEI for our subsystem in one piece."""
        draw, how = self._draw, self._habit
        data = self._begin(self._check())
        match draw.randrange(6):
            case 0:
                return sccp.segments(data, draw.randrange(2, 4), reference=draw.randrange(1 << 24))
            case 1:
                test = bytes([3, draw.choice([9, 8]), wire.EIR, 0, 0])
                return [sccp.message(sccp.UDT, sccp.SCMG, sccp.SCMG, test)]
            case 2:
                return [self._message(bytes.fromhex("4206"), self._calling(), data)]
            case 3:
                return [sccp.message(sccp.XUDTS, how.called, self._calling(), data, fixed=1)]
            case 4:
                return [self._message(how.called, sccp.NOBODY, data)]
        return [
            sccp.message(sccp.XUDT, how.called, self._calling(), data, hops=draw.choice([0, 1]))
        ]

    # TCAP

    def _otid(self) -> bytes:
        return self._draw.randbytes(self._habit.otid)

    def _begin(self, *parts: bytes) -> bytes:
        how = self._habit
        dialogue = aarq(how.version) if how.has_dialogue else b""
        return begin(*parts, dialogue=dialogue, otid=self._otid())

    def _check(self, *, operation: int = 43) -> bytes:
        invoke_id = self._draw.choice(self._habit.invoke_ids)
        return invoke(invoke_id, self._argument(), operation=operation)

    def _odd_tcap(self) -> bytes:
        """Write anything but one Check-IMEI in a dialogue that we know."""
        draw, check = self._draw, self._check()
        again = invoke(draw.choice([2, 3, 4]), self._argument())
        if self._agreed and draw.random() < 0.4:
            return self._further(check)
        return draw.choice(
            [
                self._begin(),
                self._begin(check, again),
                self._begin(check, check),
                self._begin(check, result()),
                self._begin(self._check(operation=draw.choice([3, 42, 44]))),
                self._begin(invoke(1, self._argument(), linked_id=3)),
                self._begin(tlv("a1", integer(1))),
                begin(check, dialogue=aarq(draw.choice([4, 0]))),
                begin(check, dialogue=aarq(protocol="0640"), otid=self._otid()),
                begin(check, dialogue=aarq(more=tlv("be", tlv("28", tlv("06", b"\x04"))))),
                go_on(check, dtid=draw.randbytes(4), otid=self._otid()),
                end(result(), dtid=self._otid()),
                abort(dtid=self._otid()),
                tlv("61", components(check)),
                b"",
            ]
        )

    def _further(self, check: bytes) -> bytes:
        """Go on with a dialogue that was agreed to, if it has not ended since."""
        theirs, ours = self._draw.choice(self._agreed)
        match self._draw.randrange(10):
            case 0:
                return end(dtid=theirs)
            case 1:
                return abort(dtid=theirs)
        return go_on(check, dtid=theirs, otid=ours)

    # MAP

    def _argument(self) -> bytes:
        """Write what is asked (TS 29.002 §17.7.1), with the IMSI where this sender puts it."""
        how = self._habit
        imei, imsi = tlv("04", self._imei()), self._extra()
        if how.version < 3:
            return imei + imsi
        odd = self._draw.random() < 0.03
        wants = (
            self._draw.choice([b"", *(tlv("03", bits) for bits in _WANTS)]) if odd else how.wants
        )
        return tlv("30", imei, wants, imsi)

    def _imei(self) -> bytes:
        draw, how = self._draw, self._habit
        digits = f"{LISTED + draw.randrange(64):014d}"
        if draw.random() < 0.1:
            digits = f"{draw.randrange(10**14):014d}"
        digits = (digits + draw.choice(["0", str(draw.randrange(10))]))[: min(how.imei, 15)]
        if how.imei == 16:
            digits = f"{digits[:14]}{draw.randrange(4):02d}"
        if draw.random() < 0.03:
            digits = draw.choice(
                ["", "3520990000001", "3520990000001*", "35#09900000010", digits + "123", "0" * 15]
            )
        return tbcd(digits)

    def _extra(self) -> bytes:
        """Write what follows the argument's own."""
        how = self._habit
        imsi = self._imsi()
        extension = tlv("30", tlv("06", EXAMPLE_EXTENSION), tlv("04", imsi))
        match how.imsi:
            case "":
                return b""
            case "tag0":
                return tlv(f"{HUAWEI_IMSI:02x}", imsi)
            case "private":
                return tlv("c1", imsi)
            case "container":
                return tlv("30", tlv("a0", extension))
        return tlv("30", tlv("a1", tlv("81", imsi)))

    def _imsi(self) -> bytes:
        draw = self._draw
        digits = f"00{SUBSCRIBERS + draw.randrange(32):013d}"
        if draw.random() < 0.05:
            digits = draw.choice(["", digits + "12", "26201" + "1" * 10, digits[:14], "1" * 15])
        return tbcd(digits)
