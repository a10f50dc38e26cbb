"""`[measurements]`: what performance-management systems collect."""

from typing import Annotated, Literal

from pydantic import Field

from eir.config.fields import Section


class Measurements(Section):
    """`[measurements]`: how long they are kept, and which files the server writes by itself."""

    keep_days: Annotated[int, Field(ge=7, le=3_650)] = 31
    directory: str = ""  # empty: the server writes no files
    periods: tuple[Literal["5m", "1h", "1d"], ...] = Field(default=("5m",), strict=False)
