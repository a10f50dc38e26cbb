"""Code points of SCCP, named as ITU-T Q.713 names them."""

from enum import IntEnum


class MessageType(IntEnum):
    """Message types of the connectionless service (ITU-T Q.713 §2.1)."""

    UDT = 9
    UDTS = 10
    XUDT = 17
    XUDTS = 18
    LUDT = 19
    LUDTS = 20
