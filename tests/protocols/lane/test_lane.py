"""The lane over the toy: what it answers is what the slow path would."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.lane import kinds, lane, shelf
from protocols.lane.learning import MAX_OCTETS
from protocols.lane.teacher import GoneError, Inputs, Written
from tests.protocols.lane.toy import (
    EQUIPMENT,
    GROUP,
    HOST,
    IMEI,
    IMSI,
    PROXY,
    SESSION,
    SUBJECT,
    Elements,
    Numbers,
    Peer,
    Question,
    Rule,
    Toy,
    ask,
    copied,
    expected,
    message,
    text,
    toy,
)

QUESTION = ask((SESSION, b"mme;1"), (HOST, b"mme1"))


def taught(*questions: bytes, teacher: Toy | None = None) -> Peer:
    peer = Peer(teacher or toy())
    peer.teach(*(questions or [QUESTION]))
    return peer


# What it answers


def test_nothing_is_known_at_first() -> None:
    peer = Peer(toy())
    assert peer.quickly(QUESTION) == (0, [], b"")
    assert not peer.lane.has_studies
    assert peer.study() == 0


def test_a_kind_that_comes_again_is_studied_and_then_answered() -> None:
    peer = Peer(toy())
    peer.ask(QUESTION)
    assert peer.study() == 0
    peer.ask(QUESTION)
    assert peer.study() > 0
    assert peer.knows(QUESTION)
    assert (peer.lane.counts.learned, peer.lane.counts.unlearnable) == (1, 0)


def test_requests_of_other_values_and_lengths_are_answered() -> None:
    peer = taught()
    for serial in range(0, 256, 17):
        octets = ask(
            (SESSION, b"s" * serial), (HOST, b"mme1"), imei=b"%014d" % serial, serial=serial
        )
        assert peer.knows(octets)


def test_who_asks_must_have_been_met() -> None:
    peer = taught()
    newcomer = ask((SESSION, b"i"), (HOST, b"a longer name"))
    assert not peer.knows(newcomer)
    peer.slowly(newcomer)
    assert peer.knows(newcomer)


def test_after_a_change_of_partners_each_must_be_met_anew() -> None:
    peer = taught()
    changed = peer.elsewhere(2, partners="one of them cannot be reached")
    assert not changed.knows(QUESTION)
    changed.slowly(QUESTION)
    assert changed.knows(QUESTION)
    assert peer.knows(QUESTION)


def test_what_was_learned_counts_on_every_connection() -> None:
    assert taught().elsewhere(2).knows(QUESTION)


def test_illegal_digits_are_left_to_the_slow_path() -> None:
    peer = taught()
    assert not peer.knows(ask((SESSION, b"i"), (HOST, b"mme1"), imei=b"3520990000001x"))
    assert not peer.knows(ask((SESSION, b"i"), (HOST, b"mme1"), imei=EQUIPMENT + b"1"))


def test_an_outcome_without_an_answer_is_left_to_the_slow_path() -> None:
    peer = taught(teacher=toy(silent=frozenset({"late"})))
    outcomes = [
        peer.quickly(ask((SESSION, b"i"), (HOST, b"mme1"), imei=b"%014d" % number))
        for number in range(30)
    ]
    assert {len(verdicts) for _, verdicts, _ in outcomes} == {0, 1}
    assert {verdict.status for _, verdicts, _ in outcomes for verdict in verdicts} == {"yes", "no"}


def test_someone_whose_name_is_answered_is_met_when_all_outcomes_were_compared() -> None:
    def name(value: bytes) -> Elements:
        return [(HOST, value if value.islower() else b"shout")]

    rule = Rule(reads=text("peer"), writes=name)
    peer = taught(ask((HOST, b"mmea")), teacher=toy({HOST: rule}))
    other, loud = ask((HOST, b"mmeb")), ask((HOST, b"MMEC"))
    for octets in (other, loud):
        peer.slowly(octets)
        assert not peer.knows(octets)
        peer.study()
    assert peer.knows(other)
    assert not peer.knows(loud)


def test_someone_who_was_compared_is_met_by_one_answer_after_a_change_of_partners() -> None:
    peer = taught(
        ask((HOST, b"mmea")), teacher=toy({HOST: Rule(reads=text("peer"), writes=copied(HOST))})
    )
    peer.slowly(ask((HOST, b"mmeb")))
    peer.study()
    changed = peer.elsewhere(2, partners="one of them cannot be reached")
    for name in (b"mmea", b"mmeb"):
        assert not changed.knows(ask((HOST, name)))
        changed.slowly(ask((HOST, name)))
        assert changed.knows(ask((HOST, name)))
    assert not changed.lane.has_studies


def test_a_beginning_of_a_number_that_was_met_counts() -> None:
    def european(value: bytes) -> Inputs:
        digits = value.decode("latin-1")
        return {"imsi": digits if digits.startswith(("2", "00")) else None}

    peer = taught(ask((IMSI, b"00101000000001")), teacher=toy({IMSI: Rule(reads=european)}))
    assert peer.knows(ask((IMSI, b"00101000000002")))
    known, unknown = ask((IMSI, b"26201000000001")), ask((IMSI, b"31001000000001"))
    assert not peer.knows(known)
    peer.teach(known, unknown)
    assert peer.knows(known)
    assert not peer.knows(unknown)
    assert len(known_of(peer)) == 1


def test_what_the_slow_path_answers_otherwise_is_not_learned_of() -> None:
    peer = taught()
    peer.teacher.rules = {**peer.teacher.rules, SESSION: Rule()}  # it has changed its mind
    newcomer = ask((SESSION, b"i"), (HOST, b"mme2"))
    peer.slowly(newcomer)
    assert not peer.knows(newcomer)


def test_what_the_slow_path_reads_otherwise_is_not_learned_of() -> None:
    peer = taught()
    backwards = Rule(reads=lambda value: {SUBJECT: value[::-1].decode("latin-1")})
    peer.teacher.rules = {**peer.teacher.rules, IMEI: backwards}
    newcomer = ask((SESSION, b"i"), (HOST, b"mme2"))
    for _ in range(2):
        peer.slowly(newcomer)
    assert peer.quickly(newcomer)[0] == 0


def test_what_requests_mean_may_depend_on_who_asks() -> None:
    class Partial(Toy):
        """Reads the IMSI of some peers only."""

        def read(self, octets: bytes) -> Question | None:
            question = super().read(octets)
            if question is None:
                return None
            imsi, is_read = question.inputs["imsi"], str(question.inputs["peer"])[-1] < "5"
            read, unread = (imsi, None) if is_read else (None, imsi)
            return replace(question, inputs={**question.inputs, "imsi": read, "unread": unread})

    rule = Rule(reads=text("imsi"))
    peer = Peer(Partial(toy({IMSI: rule}).rules))
    for name in (b"mme1", b"mme7", b"mme2", b"mme8", b"mme12", b"mme19"):
        questions = [ask((HOST, name), (IMSI, b"0010100000000%02d" % n)) for n in range(5)]
        for octets in questions[:4]:
            peer.slowly(octets)
            peer.study()
        assert peer.knows(questions[4])
    assert len(known_of(peer)) == 2


def test_values_that_are_the_same_by_chance_prove_nothing_of_who_is_read_otherwise() -> None:
    class TwoPlaces(Toy):
        """Looks for the IMSI of some peers in one place, for that of others in another."""

        def read(self, octets: bytes) -> Question | None:
            question = super().read(octets)
            if question is None:
                return None
            manner = IMSI if str(question.inputs["peer"]) == "mme1" else PROXY
            imsi = dict(question.values)[manner].decode("latin-1")
            return replace(question, inputs={**question.inputs, "imsi": imsi}, manner=manner)

    def question(host: bytes, imsi: int, other: int) -> bytes:
        return ask((HOST, host), (IMSI, b"%014d" % imsi), (PROXY, b"%014d" % other))

    peer = Peer(TwoPlaces(toy().rules))
    peer.teach(question(b"mme1", 1, 5))
    assert peer.knows(question(b"mme1", 2, 5))
    peer.slowly(question(b"mme2", 5, 5))
    assert not peer.knows(question(b"mme2", 2, 5))
    peer.teach(question(b"mme2", 5, 5))
    assert peer.knows(question(b"mme2", 5, 7))
    assert not peer.knows(question(b"mme1", 2, 7))


# Batches


def test_a_batch_is_answered_up_to_the_first_request_that_is_not_known() -> None:
    peer = taught()
    known = [ask((SESSION, b"s" * n), (HOST, b"mme1"), serial=n) for n in (1, 2, 2, 7, 1)]
    for unknown in (ask((HOST, b"who?")), b"", b"\0", QUESTION[:-1], message([(b"?", b"?")])):
        taken, verdicts, answers = peer.quickly(b"".join(known) + unknown)
        assert taken == sum(map(len, known))
        assert (verdicts, answers) == expected(peer.teacher, known)


def test_what_follows_an_unknown_request_waits_for_it() -> None:
    peer = taught()
    assert peer.quickly(ask((HOST, b"who?")) + QUESTION)[0] == 0


def test_kinds_of_requests_may_take_turns() -> None:
    other = ask((HOST, b"mme1"), (GROUP, [(SESSION, b"abc")]))
    peer = taught(QUESTION, other)
    asked = [QUESTION, other, other, QUESTION, QUESTION, other]
    taken, verdicts, answers = peer.quickly(b"".join(asked))
    assert taken == sum(map(len, asked))
    assert (verdicts, answers) == expected(peer.teacher, asked)


def test_kinds_that_begin_alike_are_told_apart() -> None:
    first, second = (ask((SESSION, b"abc"), (b"x", bytes((n,))), (HOST, b"h")) for n in (1, 2))
    peer = taught(first, second)
    taken, verdicts, answers = peer.quickly(first + second + second + first)
    assert taken == 4 * len(first)
    assert (verdicts, answers) == expected(peer.teacher, [first, second, second, first])


# Whatever comes


def upper(value: bytes) -> Elements:
    return [(PROXY, value.upper())]


def legal(value: bytes) -> Inputs | None:
    return {} if value.isalnum() else None


def swapped(value: bytes) -> Inputs | None:
    digits = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in value).removesuffix("f")
    return {"imsi": digits, "version": digits[14:]} if digits.isdigit() else None


def some_subscribers(value: bytes) -> Inputs:
    digits = value.decode("latin-1")
    is_one = digits.isdigit() and digits.isascii() and digits[0] in "0245"
    return {"imsi": digits if is_one else None}


def greeting(value: bytes) -> Elements:
    return [(PROXY, b"dear " + value)] if value[:1] == b"m" else []


# None refuses a length that is far from those it takes: only lengths nearby are tried.
RULES = [
    Rule(),
    Rule(writes=copied(PROXY)),
    Rule(writes=copied(PROXY, times=2)),
    Rule(writes=upper),
    Rule(reads=legal, writes=copied(PROXY)),
    Rule(reads=legal),
    Rule(reads=text("peer")),
    Rule(reads=text("peer"), writes=copied(PROXY)),
    Rule(reads=text("peer"), writes=greeting),
    Rule(reads=text("imsi")),
    Rule(reads=swapped),
    Rule(reads=some_subscribers),
    Rule(writes=lambda value: [(PROXY, value + value)]),
    Rule(writes=lambda value: [(PROXY, bytes((len(value),))), (PROXY, value)]),
    Rule(writes=copied(PROXY), moves_stream=True),
]
tags = st.sampled_from([bytes((tag,)) for tag in b"abcdABC"])
values = st.one_of(
    st.binary(max_size=20),
    st.text("0123456789", max_size=17).map(str.encode),
    st.text("mé1Z", max_size=9).map(str.encode),
    st.sampled_from([b"\x01", b"ab", EQUIPMENT, bytes.fromhex("00010100000000f1")]),
)
elements = st.lists(st.tuples(tags, values), max_size=5)
imeis = st.one_of(
    st.text("0123456789", min_size=13, max_size=17).map(str.encode),
    st.text("0123456789", min_size=14, max_size=14).map(str.encode),
    values,
)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Toy, list[bytes]]:
    """Draw a slow path, and questions that are alike but for some values."""
    rules = {tag: draw(st.sampled_from(RULES)) for tag in map(bytes, zip(b"abcd", strict=True))}
    silent = draw(st.sampled_from([frozenset(), frozenset({"late"})]))
    teacher = toy(rules, silent=silent)
    kinds_of_question = draw(st.lists(elements, min_size=1, max_size=2))
    asked = []
    for _ in range(draw(st.integers(4, 12))):
        kind = draw(st.sampled_from(kinds_of_question))
        changed = [(tag, draw(values) if draw(st.booleans()) else value) for tag, value in kind]
        imei = draw(imeis) if draw(st.booleans()) else EQUIPMENT
        asked.append(ask(*changed, imei=imei, serial=draw(st.integers(0, 255))))
    return teacher, [*[ask(*kind) for kind in kinds_of_question], *asked]


@settings(max_examples=100)
@given(conversations(), st.integers(0, 1 << 30))
def test_the_lane_answers_as_the_slow_path_does_or_not_at_all(
    conversation: tuple[Toy, list[bytes]], seed: int
) -> None:
    teacher, questions = conversation
    peer = Peer(teacher)
    peer.lane._random = Numbers(seed)
    for octets in questions:
        peer.ask(octets)
        peer.ask(octets)
        peer.study()
    known = [octets for octets in questions if peer.knows(octets)]
    taken, verdicts, answers = peer.quickly(b"".join(known))
    assert taken == sum(map(len, known))
    assert (verdicts, answers) == expected(teacher, known)


TAUGHT = taught(
    QUESTION,
    ask((GROUP, [(SESSION, b"abc"), (HOST, b"m")]), (IMSI, b"00101000000001")),
    teacher=toy({IMSI: Rule(reads=text("imsi"))}),
)


@given(
    st.lists(st.sampled_from([QUESTION, ask((SESSION, b""), (HOST, b"mme1"))]), max_size=4),
    st.binary(max_size=60),
    st.integers(0, 80),
)
def test_no_octets_break_the_lane(known: list[bytes], rest: bytes, cut: int) -> None:
    data = b"".join(known)
    taken, verdicts, _ = TAUGHT.quickly(data + rest)
    assert (taken, len(verdicts)) >= (len(data), len(known))
    whole = [sum(map(len, known[:n])) for n in range(len(known) + 1)]
    assert TAUGHT.quickly(data[: len(data) - cut])[0] in whole


@given(st.data())
def test_any_octet_of_a_known_request_may_be_another(data: st.DataObject) -> None:
    octets = bytearray(QUESTION)
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    taken, verdicts, answers = TAUGHT.quickly(bytes(octets))
    if taken == len(octets):
        assert (verdicts, answers) == expected(TAUGHT.teacher, [bytes(octets)])
    else:
        assert taken == 0


# Bounds


def known_of(peer: Peer) -> Sequence[lane.Known]:
    return list(peer.lane.known())


def test_a_kind_that_is_unlearnable_is_studied_ever_less() -> None:
    peer = Peer(toy({IMEI: Rule(reads=lambda _: {SUBJECT: "none"})}))
    studied = []
    for number in range(1, 260):
        peer.ask(QUESTION)
        if peer.study():
            studied.append(number)
    assert studied == [2, 6, 14, 30, 62, 126, 254]
    assert {known.reason for known in known_of(peer)} == {
        "the identity that is asked about is no IMEI in one place"
    }
    assert peer.lane.counts.unlearnable == len(studied)


def test_a_kind_of_which_nothing_is_used_is_studied_ever_less() -> None:
    peer = Peer(toy())
    studied = 0
    for number in range(200):  # every time another literal
        peer.ask(ask((b"x", b"%03d" % number)))
        studied += peer.study() > 0
    assert studied <= 7


def test_what_was_learned_for_nothing_is_not_kept() -> None:
    peer = Peer(toy())
    for number in range(200):  # every time another literal
        peer.ask(ask((b"x", b"%03d" % number)))
        peer.study()
        assert len(known_of(peer)) <= 1
    assert peer.lane.counts.learned > 3


def test_who_sends_ever_new_kinds_is_studied_ever_less() -> None:
    peer = Peer(toy())
    studied = []
    for number in range(1, 63):  # so many elements
        for _ in range(2):
            peer.ask(ask(*[(b"x", b"1")] * number))
        if peer.study():
            studied.append(number)
    assert studied[:4] == [1, 3, 7, 15]
    assert len(studied) <= 5
    newcomer = peer.elsewhere(2)
    newcomer.teach(QUESTION)
    assert newcomer.knows(QUESTION)


def test_who_connects_again_for_each_new_kind_is_studied_ever_less_too() -> None:
    peer = Peer(toy(), sender="192.0.2.9")
    studied = []
    for number in range(1, 63):  # so many elements
        for _ in range(2):
            peer.elsewhere(number).ask(ask(*[(b"x", b"1")] * number))
        if peer.study():
            studied.append(number)
    assert studied[:4] == [1, 3, 7, 15]
    assert len(studied) <= 5


def test_one_thing_is_studied_for_a_connection_at_a_time() -> None:
    peer = Peer(toy())
    for tag in (b"x", b"y", b"z"):
        for _ in range(4):
            peer.ask(ask((tag, bytes(ord(tag) % 7))))
    assert len(peer.lane._studies) == 1
    peer.study()
    assert len(known_of(peer)) == 1


def test_one_kind_is_studied_for_one_connection_at_a_time() -> None:
    peer = Peer(toy())
    for connection in range(5):
        for _ in range(2):
            peer.elsewhere(connection).slowly(QUESTION)
    peer.study()
    assert len(known_of(peer)) == 1


def test_one_study_is_ended_before_the_next_begins() -> None:
    slow, quick = toy(), toy()
    first = Peer(slow)
    second = Peer(quick, first.lane, connection=2)
    for _ in range(2):
        first.slowly(QUESTION)
        second.slowly(ask((GROUP, [(SESSION, b"i")])))
    slow.asked = quick.asked = 0
    while not quick.asked:
        first.lane.study()
    assert first.knows(QUESTION)


def test_a_form_that_was_guessed_too_narrow_is_learned_again_without_guessing() -> None:
    class Discreet(Toy):
        """Answers with a proxy's value only to who does not say who it is."""

        def write(self, question: Question, outcome: object) -> Written | None:
            if any(tag == HOST for tag, _ in question.values):
                values = [(tag, value) for tag, value in question.values if tag != PROXY]
                question = replace(question, values=values)
            return super().write(question, outcome)

    peer = Peer(Discreet(toy({PROXY: Rule(writes=copied(PROXY))}).rules))
    peer.teach(ask((PROXY, b"same"), (HOST, b"mme1")))
    peer.teach(ask((PROXY, b"same")))
    assert peer.knows(ask((PROXY, b"same"), serial=7))
    assert not peer.knows(ask((PROXY, b"else")))
    peer.teach(ask((PROXY, b"else")))
    assert peer.knows(ask((PROXY, b"last")))


def test_so_many_studies_wait() -> None:
    peer = Peer(toy())
    for connection in range(lane.MAX_WAITING + 5):
        for _ in range(2):
            peer.elsewhere(connection).slowly(ask((GROUP, [(b"x", bytes(connection))])))
    assert len(peer.lane._studies) == lane.MAX_WAITING
    assert len(peer.lane._studying) == lane.MAX_WAITING
    peer.study()
    assert not peer.lane._studying


def test_so_many_shapes_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "MAX_SHAPES", 16)
    peer = taught()
    for length in range(200):
        assert peer.knows(ask((SESSION, bytes(length)), (HOST, b"mme1")))
        assert peer.knows(QUESTION)
        (known,) = known_of(peer)
        assert known.lengths <= 16
        assert known.lengths == peer.lane._shapes


def test_a_shape_in_use_is_not_among_those_that_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "MAX_SHAPES", 8)
    grouped = ask((GROUP, [(SESSION, b"i")]), (HOST, b"mme1"))  # of one length
    peer = taught(QUESTION, grouped)
    for length in range(40):
        assert peer.knows(ask((SESSION, bytes(length)), (HOST, b"mme1")))
        assert peer.knows(grouped)


def test_so_many_families_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "MAX_FAMILIES", 4)
    peer = taught()
    for number in range(12):
        peer.teach(ask((b"x", bytes(number + 1)), (HOST, b"mme1")))
        assert peer.knows(QUESTION)
        assert len(known_of(peer)) <= 4
        assert len({id(each.family) for each in peer.lane._finder.shapes()}) <= 4


def test_so_many_kinds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "MAX_KINDS", 10)
    peer = Peer(toy())
    for number in range(100):
        peer.ask(ask((GROUP, [(b"x", bytes(number))])))
        assert len(list(peer.lane._kinds)) <= 10


def test_so_many_examples_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MAX_EXAMPLES", 10)
    peer = taught()
    for number in range(100):
        octets = ask((SESSION, b"i"), (HOST, b"mme%d" % number))
        peer.ask(octets)
        assert peer.knows(octets)
        (known,) = known_of(peer)
        assert known.examples <= 10


def test_a_lane_that_is_closed_or_forgets_a_family_gives_back_what_others_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane, "MAX_FAMILIES", 1)
    peer = taught()
    before = peer.lane._shelf.octets
    peer.teach(ask((b"x", b"1"), (HOST, b"mme1")))
    assert len(known_of(peer)) == 1
    assert 0 < peer.lane._shelf.octets <= 2 * before
    peer.lane.close()
    assert peer.lane._shelf.octets == 0


def test_who_was_to_be_met_of_a_family_that_is_forgotten_meanwhile_is_not() -> None:
    rule = Rule(reads=text("peer"), writes=copied(HOST))
    peer = taught(ask((HOST, b"mmea")), teacher=toy({HOST: rule}))
    peer.slowly(ask((HOST, b"mmeb")))
    assert peer.lane.has_studies
    (family,) = peer.lane._families
    peer.lane._families.clear()
    peer.lane._shelf.forget(family)
    peer.study()
    assert peer.lane._shelf.octets == 0


@settings(max_examples=20)
@given(st.data())
def test_a_hostile_peer_costs_bounded_memory_and_nobody_else(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (lane, "MAX_FAMILIES"),
            (lane, "MAX_SHAPES"),
            (kinds, "MAX_KINDS"),
            (shelf, "MAX_EXAMPLES"),
        ):
            patch.setattr(module, name, 6)
        peer = taught()
        hostile = peer.elsewhere(2)
        for _ in range(data.draw(st.integers(20, 60))):
            octets = ask(*data.draw(elements), (SESSION, data.draw(values)))
            for _ in range(data.draw(st.integers(1, 3))):
                hostile.ask(octets)
            hostile.study()
        assert len(known_of(peer)) <= 6 * (1 + 8)
        assert len(list(peer.lane._finder.shapes())) <= 6
        assert all(known.examples <= 6 for known in known_of(peer))
        peer.teach(QUESTION)
        assert peer.knows(QUESTION)


# What can go wrong


def test_a_study_that_breaks_frees_the_connection_and_is_begun_ever_less() -> None:
    class Fragile(Toy):
        """Breaks on an octet that no peer has sent so far."""

        def read(self, octets: bytes) -> Question | None:
            if b"\xff" in octets:
                raise ZeroDivisionError
            return super().read(octets)

    peer = Peer(Fragile(toy().rules))
    studied = []
    for number in range(1, 32):
        peer.ask(QUESTION)
        if peer.lane.has_studies:
            studied.append(number)
            with pytest.raises(ZeroDivisionError):
                peer.study()
            assert not peer.lane._studying
    assert studied == [2, 6, 14, 30]  # ever less: what breaks once breaks again
    assert {known.reason for known in known_of(peer)} == {"the study broke"}


def test_a_study_of_what_is_true_no_more_leaves_no_trace() -> None:
    class Leaving(Toy):
        """Goes away while it is asked."""

        def read(self, octets: bytes) -> Question | None:
            if self.asked > 5:
                raise GoneError
            return super().read(octets)

    teacher = Leaving(toy().rules)
    peer = Peer(teacher)
    for _ in range(2):
        peer.ask(QUESTION)
    peer.study()
    assert known_of(peer) == []
    teacher.asked = -1000
    peer.teach(QUESTION)
    assert peer.knows(QUESTION)


def test_a_request_that_is_longer_than_any_that_is_learned_of_is_left_alone() -> None:
    sessions = [(SESSION, b"i")] * 20
    peer = taught(ask(*sessions))
    assert peer.knows(ask(*[(SESSION, b"longer")] * 20))
    assert not peer.knows(ask(*[(SESSION, bytes(255))] * 20))


def test_a_request_that_is_too_long_is_left_alone_though_each_of_its_values_was_met() -> None:
    """Transports count on it that such a message is framed: it may be too long for them."""
    asked = [
        ask(*[(SESSION, session)] * 16, (HOST, host))
        for session in (b"i", bytes(250))
        for host in (b"mme1", bytes(250))
    ]
    peer = taught(asked[0])
    peer.teach(*asked[1:3])
    assert all(map(peer.knows, asked[:3]))
    assert len(asked[2]) < MAX_OCTETS < len(asked[3])
    assert not peer.knows(asked[3])


def test_few_shapes_are_made_for_one_batch() -> None:
    peer = taught()
    sessions = [ask((SESSION, bytes(7 + more)), (HOST, b"mme1")) for more in range(20)]
    for batch in range(5):
        taken, _, _ = peer.quickly(b"".join(sessions))
        assert taken == len(b"".join(sessions[: lane.MAX_STRETCHED * (batch + 1)]))
