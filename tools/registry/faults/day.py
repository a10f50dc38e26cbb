"""Faults of the registry itself: what happens is strange, and its files are right."""

from dataclasses import replace
from typing import Final

from tools.registry.faults.fault import Fault, FaultError
from tools.registry.world import Day, World


def surge_of_blocks(day: Day, world: World) -> Day:
    """Block three times as many as there are."""
    return replace(day, blocks=3 * _blocked(world))


def _surge_of_unblocks(day: Day, world: World) -> Day:
    return replace(day, unblocks=_blocked(world) * 6 // 10)


def _blocked(world: World) -> int:
    if not world.history:
        raise FaultError("nothing is blocked before the first run: choose a later day")
    return len(world.blacklist)


def _reset(day: Day, _world: World) -> Day:
    return replace(day, is_reset=True)


def _catch_up(day: Day, _world: World) -> Day:
    return replace(day, reach=3)


def _no_full(day: Day, _world: World) -> Day:
    return replace(day, has_full=False)


def _malformed(day: Day, _world: World) -> Day:
    return replace(day, blocks=day.blocks + 10, malformed=10)


FAULTS: Final = (
    Fault(
        name="surge-of-blocks",
        help="Three times as many IMEIs are blocked as there were before.",
        day=surge_of_blocks,
    ),
    Fault(
        name="surge-of-unblocks",
        help="Six tenths of the blacklist are unblocked.",
        day=_surge_of_unblocks,
    ),
    Fault(
        name="reset",
        help="The registry is set up anew: runs are counted from 1, the delta has base -1.",
        day=_reset,
    ),
    Fault(
        name="catch-up",
        help="The delta covers the last three runs, as with dirbs-listgen --base.",
        day=_catch_up,
    ),
    Fault(name="no-full", help="No full lists are delivered, only deltas.", day=_no_full),
    Fault(
        name="malformed-identities",
        help="Ten identities that are no IMEI are blocked: hex, *, #, short ones.",
        day=_malformed,
    ),
)
