"""`[server]`: the processes that answer."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from eir.config.fields import Section

MAX_WORKERS = 256  # ours: the number of one has 8 bits in our transaction ids


def _workers(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if value != "auto" and not (is_number and value in range(1, MAX_WORKERS + 1)):
        raise ValueError(f'write 1 to {MAX_WORKERS}, or "auto"')
    return value


class Server(Section):
    """`[server]`: the processes that answer."""

    # auto: as many as there are processors for us
    workers: Annotated[int | Literal["auto"], BeforeValidator(_workers)] = 1
    lane: bool = True  # false: every message is decoded whole
