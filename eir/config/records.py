"""`[records]`: which checks leave a record, what it says, and how the files are kept."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from eir.config.fields import Section
from eir.records.ring import CAPACITY

OneIn = Annotated[int, Field(ge=1, le=1_000_000_000)]
Octets = Annotated[int, Field(ge=0, le=1 << 60)]


class Records(Section):
    """`[records]`: counters count all checks, whatever stands here."""

    permitted_one_in: OneIn = 100  # as usual: a well-formed equipment that is permitted
    others_one_in: OneIn = 1  # all others, in an audit by what would have been answered
    directory: str = "records"  # of the files, under store.path; empty: none are written
    # The safest: whose phone it was stands on no disk.
    identities: Literal["whole", "hashed", "tac"] = "tac"
    key_file: str = ""  # that identities are hashed with
    format: Literal["csv", "jsonl"] = "csv"
    compression: Literal["gzip", "none"] = "gzip"
    # What is collected every hour comes in files of an hour.
    rotate_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3_600
    rotate_octets: Annotated[int, Field(ge=4_096, le=1 << 40)] = 67_108_864  # not compressed
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    keep_octets: Octets = 10_737_418_240  # 10 GiB of files; beyond, the oldest go
    leave_free_octets: Octets = 268_435_456  # 256 MiB of the disk, which the lists need too
    waiting_records: Annotated[int, Field(ge=1_024, le=1 << 24)] = CAPACITY  # of each worker

    @model_validator(mode="after")
    def _hashes_have_a_key(self) -> Self:
        if self.identities == "hashed" and not self.key_file:
            raise ValueError(
                'identities = "hashed" needs a key_file, such as `openssl rand -hex 32` writes'
            )
        return self
