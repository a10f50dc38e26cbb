"""Makes conversations out of recorded ones, plays them to a target, keeps what is new.

A conversation is what one connection brings: segments of a stream, cut anywhere, or whole
messages. One that makes the target do something new is kept as a seed for others; one that breaks
it is written down.
"""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from time import monotonic
from typing import Protocol

import click

Conversation = tuple[bytes, ...]

INTERESTING = (b"\x00", b"\x7f", b"\x80", b"\xff", bytes(4), b"\xff" * 4, b"\x00\x00\x00\x08")


class BrokenInvariantError(Exception):
    """The target did what it must never do."""


class Target(Protocol):
    """What is fuzzed.

    Attributes:
        opening: recorded messages to begin a conversation with, of which one is chosen.
        messages: recorded messages to damage.
        is_stream: whether a conversation may be cut anywhere.
    """

    @property
    def opening(self) -> Sequence[Conversation]: ...  # noqa: D102 - said above

    @property
    def messages(self) -> Sequence[bytes]: ...  # noqa: D102

    @property
    def is_stream(self) -> bool: ...  # noqa: D102

    def damaged(self, octets: bytes, damage: Callable[[bytes], bytes], random: Random) -> bytes:
        """Damage a message, or a part of it, mostly so that it still reaches the decoder."""

    def play(self, conversation: Conversation) -> frozenset[str]:
        """Play one conversation to a new machine; return what kinds of things it did.

        Raises:
            BrokenInvariantError: it answered wrongly, or served nobody any more.
        """


def play(target: Target, conversation: Conversation) -> frozenset[str]:
    """Play one conversation; whatever the target raises breaks the invariant too."""
    try:
        return target.play(conversation)
    except BrokenInvariantError:
        raise
    except Exception as error:
        raise BrokenInvariantError(traceback.format_exc()) from error


class Mutator:
    """Makes conversations out of a target's recorded messages."""

    def __init__(self, target: Target, random: Random) -> None:
        self._target = target
        self._random = random
        self.kept: list[Conversation] = []

    def conversation(self) -> Conversation:
        """Make a new conversation, out of recorded messages or of one that was kept."""
        random = self._random
        if self.kept and random.random() < 0.5:
            *opening, last = random.choice(self.kept)
            return (*opening, self._damaged(last))
        messages = list(random.choice(self._target.opening))
        if random.random() < 0.2:
            place = random.randrange(len(messages))
            messages[place] = self._damaged(messages[place])
        chosen = random.choices(self._target.messages, k=random.randint(1, 4))
        messages += [self._damaged(message) for message in chosen]
        if self._target.is_stream and random.random() < 0.3:
            return self._cut(b"".join(messages))
        return tuple(messages)

    def _damaged(self, octets: bytes) -> bytes:
        return self._target.damaged(octets, self._damage, self._random)

    def _damage(self, octets: bytes) -> bytes:
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            how = self._random.choice((_flip, _overwrite, _insert, _delete, _repeat))
            octets = how(octets, self._random)
        return octets

    def _cut(self, stream: bytes) -> Conversation:
        cuts = sorted(self._random.sample(range(len(stream)), min(5, len(stream))))
        return tuple(stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True))


def fuzz(target: Target, seconds: float, *, seed: int, corpus: Path) -> tuple[int, list[Path]]:
    """Play mutated conversations; return how many, and the files of those that broke it."""
    mutator = Mutator(target, Random(seed))  # noqa: S311 - a seed is wanted here
    corpus.mkdir(parents=True, exist_ok=True)
    mutator.kept = [load(path) for path in sorted(corpus.glob("seed-*.txt"))]
    seen = {play(target, conversation) for conversation in mutator.kept}
    found: list[Path] = []
    played = 0
    end = monotonic() + seconds
    while monotonic() < end:
        conversation = mutator.conversation()
        played += 1
        try:
            did = play(target, conversation)
        except BrokenInvariantError as error:
            found.append(_dump(corpus / f"found-{len(found) + 1}.txt", conversation))
            click.echo(f"{found[-1]}: {error}", err=True)
            continue
        if did not in seen:
            seen.add(did)
            mutator.kept.append(conversation)
            _dump(corpus / f"seed-{len(mutator.kept)}.txt", conversation)
    return played, found


def load(path: Path) -> Conversation:
    """Read a conversation: a segment of octets in hex on each line."""
    return tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").splitlines())


def _dump(path: Path, conversation: Conversation) -> Path:
    path.write_text("".join(f"{segment.hex()}\n" for segment in conversation), encoding="ascii")
    return path


def _flip(octets: bytes, random: Random) -> bytes:
    place = random.randrange(len(octets) or 1)
    flipped = bytes([octets[place] ^ 1 << random.randrange(8)]) if octets else b""
    return octets[:place] + flipped + octets[place + 1 :]


def _overwrite(octets: bytes, random: Random) -> bytes:
    place, value = random.randrange(len(octets) or 1), random.choice(INTERESTING)
    return octets[:place] + value + octets[place + len(value) :]


def _insert(octets: bytes, random: Random) -> bytes:
    place = random.randrange(len(octets) or 1)
    return octets[:place] + random.choice(INTERESTING) * random.choice((1, 2, 64)) + octets[place:]


def _delete(octets: bytes, random: Random) -> bytes:
    place = random.randrange(len(octets) or 1)
    return octets[:place] + octets[place + random.choice((1, 4, 12, len(octets))) :]


def _repeat(octets: bytes, random: Random) -> bytes:
    start = random.randrange(len(octets) or 1)
    end = start + random.choice((4, 8, 16, 64))
    return octets[:end] + octets[start:end] * random.choice((1, 1, 2, 30)) + octets[end:]
