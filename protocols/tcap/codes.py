"""Code points of TCAP, named as ITU-T Q.773 names them."""

from enum import IntEnum


class InvokeProblem(IntEnum):
    """Why an Invoke is rejected (ITU-T Q.773 §4.2.2.6, table 17)."""

    DUPLICATE_INVOKE_ID = 0
    UNRECOGNIZED_OPERATION = 1
    MISTYPED_PARAMETER = 2
    RESOURCE_LIMITATION = 3
    INITIATING_RELEASE = 4
    UNRECOGNIZED_LINKED_ID = 5
    LINKED_RESPONSE_UNEXPECTED = 6
    UNEXPECTED_LINKED_OPERATION = 7
