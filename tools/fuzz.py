"""Fuzzing the Diameter node with mutated messages of real peers.

    python -m tools.fuzz --seconds 3600          for as long as you like
    python -m tools.fuzz var/fuzz/found-1.txt    one conversation again, to look into it

The invariant: any octets, however a stream cuts them, are answered, ignored, or close their
connection; an answer carries the identifiers of its request; and the next good request on another
connection is answered. What breaks it is written to the corpus directory, a segment of octets in
hex on each line. A conversation that makes the node do something new is kept as a seed.
"""

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

import click

from eir.decision.verdict import Check, Reason, Rule, Status, Verdict
from eir.interfaces.s13 import S13Interface
from protocols.diameter.codec import read_header
from protocols.diameter.framing import HEAD, HEADER_OCTETS
from protocols.diameter.link import PeerSpec
from protocols.diameter.local import Local
from protocols.diameter.node import NodeMachine
from protocols.diameter.peer import Effect
from protocols.effects import Close, Deliver, Refused, Send
from protocols.framing import Framer
from tests import vectors

Conversation = tuple[bytes, ...]  # segments of one TCP connection

MAX_OCTETS = 65536
FUZZED, GOOD = 1, 2  # connections
STRANGER, FRIEND = "192.0.2.66", "192.0.2.1"  # where they come from
ACCEPTED = (268).to_bytes(4, "big") + bytes.fromhex("4000000c 000007d1")  # Result-Code 2001
INTERESTING = (b"\x00", b"\x7f", b"\x80", b"\xff", bytes(4), b"\xff" * 4, b"\x00\x00\x00\x08")

LOCAL = Local(
    origin_host="eir.epc.mnc001.mcc001.3gppnetwork.org",
    origin_realm="epc.mnc001.mcc001.3gppnetwork.org",
    accept_any_peer=True,
)


class BrokenInvariantError(Exception):
    """The node did what it must never do."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """Recorded messages: capabilities exchanges to begin with, and all others to mutate."""

    opening: tuple[bytes, ...]
    messages: tuple[bytes, ...]
    good: tuple[bytes, bytes]  # CER and ECR of the peer that must always be served
    good_host: str

    @classmethod
    def load(cls) -> "Seeds":
        """Take them from the golden vectors."""
        recorded = vectors.load("diameter")
        good = {vector.name: vector for vector in recorded}
        return cls(
            opening=tuple(vector.octets for vector in recorded if vector.type == "CER"),
            messages=tuple(vector.octets for vector in recorded),
            good=(good["go_cer"].octets, good["go_ecr"].octets),
            good_host=str(good["go_cer"].meaning["origin_host"]),
        )


def new_node(seeds: Seeds) -> NodeMachine:
    """Make a node that lets anybody in, but the good peer only from its own address."""
    friend = PeerSpec(origin_host=seeds.good_host, addresses=(FRIEND,))
    return NodeMachine(LOCAL, [friend], random=Random(0).random)  # noqa: S311 - jitter


class Player:
    """Plays conversations to a node and holds it to the invariant."""

    def __init__(self, seeds: Seeds, make_node: Callable[[Seeds], NodeMachine] = new_node) -> None:
        self._seeds = seeds
        self._make_node = make_node
        self._interface = S13Interface(LOCAL, _permit)

    def play(self, conversation: Conversation) -> frozenset[str]:
        """Play one conversation to a new node; return what kinds of things it did.

        Raises:
            BrokenInvariantError: the node raised, answered wrongly, or served nobody any more.
        """
        node = self._make_node(self._seeds)
        did: set[str] = set()
        try:
            node.accepted(FUZZED, local=(FRIEND,), remote=STRANGER, now=0.0)
            for message in _messages(node, conversation):
                effects = self._give(node, FUZZED, message)
                did |= {_kind(effect) for effect in effects}
                _check_identifiers(message, effects)
        except BrokenInvariantError:
            raise
        except Exception as error:
            raise BrokenInvariantError(traceback.format_exc()) from error
        self._ask_as_the_good_peer(node)
        return frozenset(did)

    def _ask_as_the_good_peer(self, node: NodeMachine) -> None:
        node.accepted(GOOD, local=(FRIEND,), remote=FRIEND, now=1.0)
        for request in self._seeds.good:
            effects = self._give(node, GOOD, request)
            answers = [effect.octets for effect in effects if isinstance(effect, Send)]
            if len(answers) != 1 or ACCEPTED not in answers[0]:
                raise BrokenInvariantError(f"a good request was not served: {effects}")

    def _give(self, node: NodeMachine, connection: int, message: bytes) -> list[Effect]:
        """Let the node take a message, and answer what it delivers."""
        effects = node.receive(connection, message, 1.0)
        for effect in tuple(effects):
            if isinstance(effect, Deliver):
                answer = self._interface.answer(effect.request)
                effects += node.send(effect.connection, answer.reply, 1.0)
        return effects


class Mutator:
    """Makes conversations out of seeds."""

    def __init__(self, seeds: Seeds, random: Random) -> None:
        self._seeds = seeds
        self._random = random
        self.kept: list[Conversation] = []

    def conversation(self) -> Conversation:
        """Make a new conversation, out of recorded messages or of one that was kept."""
        random = self._random
        if self.kept and random.random() < 0.5:
            *opening, last = random.choice(self.kept)
            return (*opening, self._mutated(last))
        messages = [random.choice(self._seeds.opening)]
        if random.random() < 0.2:
            messages[0] = self._mutated(messages[0])
        damaged = random.choices(self._seeds.messages, k=random.randint(1, 4))
        messages += [self._mutated(message) for message in damaged]
        return tuple(messages) if random.random() < 0.7 else self._cut(b"".join(messages))

    def _mutated(self, octets: bytes) -> bytes:
        """Damage a message a little; mostly with a length that lets it reach the decoder."""
        random = self._random
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            octets = random.choice((_flip, _overwrite, _insert, _delete, _repeat))(octets, random)
        if random.random() < 0.9 and len(octets) >= HEADER_OCTETS:
            octets += bytes(-len(octets) % 4)
            octets = octets[:1] + len(octets).to_bytes(3, "big") + octets[4:]
        return octets

    def _cut(self, stream: bytes) -> Conversation:
        cuts = sorted(self._random.sample(range(len(stream)), min(5, len(stream))))
        return tuple(stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True))


def fuzz(seconds: float, *, seed: int, corpus: Path) -> tuple[int, list[Path]]:
    """Play mutated conversations; return how many, and the files of those that broke the node."""
    seeds = Seeds.load()
    player = Player(seeds)
    mutator = Mutator(seeds, Random(seed))  # noqa: S311 - a seed is wanted here
    corpus.mkdir(parents=True, exist_ok=True)
    mutator.kept = [load(path) for path in sorted(corpus.glob("seed-*.txt"))]
    seen = {player.play(conversation) for conversation in mutator.kept}
    found: list[Path] = []
    played = 0
    end = monotonic() + seconds
    while monotonic() < end:
        conversation = mutator.conversation()
        played += 1
        try:
            did = player.play(conversation)
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
    """Read a conversation."""
    return tuple(bytes.fromhex(line) for line in path.read_text(encoding="ascii").splitlines())


def _dump(path: Path, conversation: Conversation) -> Path:
    path.write_text("".join(f"{segment.hex()}\n" for segment in conversation), encoding="ascii")
    return path


def _messages(node: NodeMachine, conversation: Conversation) -> Iterator[bytes]:
    """Cut the stream into messages; tell the node when it cannot be cut any more."""
    framer = Framer(HEAD, MAX_OCTETS)
    for segment in conversation:
        yield from framer.feed(segment)
        if framer.error is not None:
            node.garbled(FUZZED, framer.error, 1.0)
            return


def _check_identifiers(message: bytes, effects: Sequence[Effect]) -> None:
    """An answer belongs to a request: the same command and identifiers (RFC 6733 §6.2)."""
    for effect in effects:
        if not isinstance(effect, Send) or effect.connection != FUZZED:
            continue
        answer, request = read_header(effect.octets), read_header(message)
        if answer.is_request:
            continue
        if (answer.command, answer.hop_by_hop, answer.end_to_end) != (
            request.command,
            request.hop_by_hop,
            request.end_to_end,
        ):
            raise BrokenInvariantError("an answer does not carry its request's identifiers")


def _kind(effect: Effect) -> str:
    """Name what an effect is, without what differs from message to message."""
    match effect:
        case Refused(_, code, reason):
            return f"refused {code} {''.join(c for c in reason if not c.isdigit())}"
        case Send(_, octets):
            return f"send {octets[4:8].hex()}"
        case Close():
            return "close"
        case other:
            return type(other).__name__


def _permit(check: Check) -> Verdict:
    del check
    return Verdict(Status.PERMITTED, Rule.UNLISTED, Reason.UNLISTED)


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


@click.command(help=__doc__)
@click.argument("conversation", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--seed", default=1, show_default=True, help="The same seed tries the same things.")
@click.option("--corpus", default="var/fuzz", show_default=True, type=click.Path(path_type=Path))
def main(conversation: Path | None, *, seconds: float, seed: int, corpus: Path) -> None:
    """Fuzz, or play one conversation again."""
    if conversation is not None:
        print(*sorted(Player(Seeds.load()).play(load(conversation))), sep="\n")
        return
    played, found = fuzz(seconds, seed=seed, corpus=corpus)
    print(f"{played} conversations, {len(found)} of them broke the node")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
