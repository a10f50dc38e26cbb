"""When a worker looks for garbage: between messages, and through all that it has only when idle.

Left to itself Python looks in the midst of a message, where most of what pycrate made is in use
yet and therefore passes for something that stays. It then looks through all that does stay again
and again, which with some thousand learned shapes holds checks up for a tenth of a second.
Between messages, what is young is either garbage or stays.
"""

import gc

YOUNG = 5_000  # ours: objects made and not freed; a message leaves so many
_MIDDLE = 10  # looks at the youngest before one at those that outlived them, as Python has it
_OLD = 10  # looks at those before one at all others, likewise


def take_over() -> None:
    """Look for garbage where `sweep` is called, and no more among what is here now."""
    gc.collect()
    gc.freeze()
    gc.disable()


def sweep() -> None:
    """Look for garbage among what is young, if that is much; no message may be at hand."""
    young, middle, _ = gc.get_count()
    if young >= YOUNG:
        gc.collect(1 if middle >= _MIDDLE else 0)


def is_much() -> bool:
    """Tell whether so much was made since `sweep_all` that stayed at first, that it is due."""
    return gc.get_count()[2] >= _OLD


def sweep_all() -> None:
    """Look for garbage among everything that was made since `take_over`."""
    gc.collect()
