"""Configurations for what the doctor looks at, and another user who looks."""

import codecs
import os
import tomllib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from eir.config import Config

Found = TypeVar("Found")
NOBODY = 65534


def configured(text: str = "") -> Config:
    return Config.model_validate(tomllib.loads(text))


def as_nobody(look: Callable[..., Found], *arguments: object) -> Found:
    """Let a user without rights look; where we are no superuser, that is us."""
    user = os.getuid() or NOBODY
    context = get_context("fork")  # it need not be able to read what it runs,
    codecs.lookup("ascii")  # of which this is read when it is needed
    with ProcessPoolExecutor(1, context, initializer=os.setuid, initargs=(user,)) as pool:
        return pool.submit(look, *arguments).result()


GATEWAY = """
[m3ua]
enabled = true
point_code = "2-10-4"
[[m3ua.gateway]]
name = "stp1"
addresses = ["127.0.0.1", "127.0.0.2"]
"""
