"""Code points of SCCP, named as ITU-T Q.713 names them."""

from enum import IntEnum

SSN_MANAGEMENT = 1  # SCCP management (ITU-T Q.713 §3.4.2.2)
HOP_COUNTER = 15  # what a new message starts with, and the most there may be (ITU-T Q.713 §3.18)


class MessageType(IntEnum):
    """Message types of the connectionless service (ITU-T Q.713 §2.1)."""

    UDT = 9
    UDTS = 10
    XUDT = 17
    XUDTS = 18
    LUDT = 19
    LUDTS = 20

    @property
    def is_long(self) -> bool:
        """Tell messages with two-octet pointers and long data (ITU-T Q.713 §2.3)."""
        return self in {MessageType.LUDT, MessageType.LUDTS}

    @property
    def is_extended(self) -> bool:
        """Tell messages with a hop counter and an optional part (ITU-T Q.713 §4.18 to §4.21)."""
        return self not in {MessageType.UDT, MessageType.UDTS}

    @property
    def is_service(self) -> bool:
        """Tell messages that return another one (ITU-T Q.712 §1)."""
        return self in {MessageType.UDTS, MessageType.XUDTS, MessageType.LUDTS}


class Parameter(IntEnum):
    """Names of optional parameters that we read (ITU-T Q.713 §3)."""

    END_OF_OPTIONAL_PARAMETERS = 0
    SEGMENTATION = 16
    IMPORTANCE = 18


class ReturnCause(IntEnum):
    """Why a message is returned (ITU-T Q.713 §3.12)."""

    NO_TRANSLATION_FOR_NATURE = 0  # no translation for an address of such nature
    NO_TRANSLATION_FOR_ADDRESS = 1  # no translation for this specific address
    SUBSYSTEM_CONGESTION = 2
    SUBSYSTEM_FAILURE = 3
    UNEQUIPPED_USER = 4
    MTP_FAILURE = 5
    NETWORK_CONGESTION = 6
    UNQUALIFIED = 7
    ERROR_IN_MESSAGE_TRANSPORT = 8
    ERROR_IN_LOCAL_PROCESSING = 9
    DESTINATION_CANNOT_PERFORM_REASSEMBLY = 10
    SCCP_FAILURE = 11
    HOP_COUNTER_VIOLATION = 12
    SEGMENTATION_NOT_SUPPORTED = 13
    SEGMENTATION_FAILURE = 14


class ScmgType(IntEnum):
    """Messages of SCCP management (ITU-T Q.713 §5.1.1)."""

    SSA = 1  # subsystem allowed
    SSP = 2  # subsystem prohibited
    SST = 3  # subsystem status test
    SOR = 4  # subsystem out of service request
    SOG = 5  # subsystem out of service grant
    SSC = 6  # SCCP or subsystem congested
