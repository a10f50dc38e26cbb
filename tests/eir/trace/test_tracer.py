from eir.decision.verdict import Check, Interface
from eir.trace.exchange import Exchange, Octets
from eir.trace.tracer import LINES, MOST_GIVEN, MOST_OCTETS, Tracer
from eir.trace.wanted import Seen, Wanted
from tests.eir.trace.exchanges import ASKED, IMEI, came, exchange, went
from tests.eir.trace.test_threads import AGREED, ASKING, BEGIN, data
from tests.harness import ecr
from tests.protocols.sccp.messages import segments
from tests.protocols.ss7_octets import with_user_data
from tests.protocols.test_passing import CHECK

ECR = ecr(IMEI)
ABOUT_IMEI = Wanted(number=1, kind="imei", value=IMEI)
OF_PEER = Wanted(number=2, kind="peer", value="mme1")


def offer(tracer: Tracer, octets: bytes = ECR, check: Check = ASKED, peer: str = "mme1") -> None:
    seen = Seen(Interface.S13, peer, "192.0.2.1", octets)
    tracer.offer([seen], [check], lambda: exchange(came(octets)))


def test_nothing_is_traced_until_somebody_asks() -> None:
    tracer = Tracer()
    states = [tracer.is_on]
    for wanted in ([ABOUT_IMEI], []):
        tracer.follow(wanted)
        states.append(tracer.is_on)
    assert states == [False, True, False]


def test_what_matches_is_told_to_all_who_want_it() -> None:
    tracer = Tracer()
    tracer.follow([ABOUT_IMEI, OF_PEER])
    offer(tracer)
    offer(tracer, ecr("35209901000000"), Check("35209901000000"))
    offer(tracer, ecr("35209901000000"), Check("35209901000000"), peer="mme2")
    both, one = tracer.take().matches
    assert (both.traces, one.traces) == ((1, 2), (2,))
    assert both.exchange == exchange(came(ECR))
    assert tracer.take().matches == ()


def test_news_is_told_once_until_it_is_taken() -> None:
    news: list[int] = []
    tracer = Tracer(lambda: news.append(1))
    tracer.follow([ABOUT_IMEI])
    for _ in range(3):
        offer(tracer)
    assert len(news) == 1
    tracer.take()
    offer(tracer)
    assert len(news) == 2


def test_what_is_too_many_is_counted_and_not_made() -> None:
    made: list[Exchange] = []

    def make() -> Exchange:
        made.append(exchange(came(ECR)))
        return made[-1]

    tracer = Tracer()
    tracer.follow([ABOUT_IMEI, OF_PEER])
    for _ in range(LINES + 5):
        tracer.offer([Seen(Interface.S13, "mme1", "", ECR)], [ASKED], make)
    taken = tracer.take()
    assert (len(taken.matches), len(made)) == (LINES, LINES)
    assert taken.dropped == {1: 5, 2: 5}
    offer(tracer)
    assert len(tracer.take().matches) == 1


def test_long_messages_are_fewer() -> None:
    tracer = Tracer()
    tracer.follow([OF_PEER])
    for _ in range(4):
        offer(tracer, bytes(MOST_OCTETS // 4))
    taken = tracer.take()
    assert (len(taken.matches), taken.dropped) == (2, {2: 2})


def map_exchange(*messages: Octets, worker: int = 0) -> Exchange:
    made = exchange(*messages, interface=Interface.MAP)
    return made.model_copy(update={"worker": worker, "records": ()})


def told(tracer: Tracer) -> list[Exchange]:
    return [match.exchange for match in tracer.take().matches]


OPENED = map_exchange(came(BEGIN), went(AGREED))
ASKED_THERE = map_exchange(came(ASKING), worker=1)
SEEN = Seen(Interface.MAP, "stp1/8", "192.0.2.1", b"")


def test_what_another_worker_had_to_do_with_a_message_is_told_before_what_became_of_it() -> None:
    tracer = Tracer()
    tracer.follow([ABOUT_IMEI])
    tracer.offer([SEEN], [], lambda: OPENED)
    answered = map_exchange(went(data(CHECK)))
    tracer.offer([SEEN], [ASKED], lambda: answered, earlier=[ASKED_THERE])
    assert told(tracer) == [OPENED, ASKED_THERE, answered]


def test_segments_that_came_by_another_worker_wait_for_the_last() -> None:
    first, last = (
        map_exchange(came(with_user_data(part)), worker=number)
        for number, part in enumerate(segments(CHECK, 2))
    )
    tracer = Tracer()
    tracer.follow([ABOUT_IMEI])
    tracer.offer([SEEN], [], map_exchange, earlier=[first])
    tracer.offer([SEEN], [ASKED], lambda: last)
    assert told(tracer) == [first, last]


def test_what_belongs_to_a_message_goes_with_it_to_another_worker() -> None:
    tracer = Tracer()
    tracer.follow([ABOUT_IMEI])
    tracer.offer([SEEN], [], lambda: OPENED)
    assert tracer.give_away(ASKED_THERE) == (OPENED, ASKED_THERE)
    assert tracer.give_away(ASKED_THERE) == (ASKED_THERE,)


def test_what_is_much_is_told_where_it_is() -> None:
    tracer = Tracer()
    assert tracer.give_away(map_exchange(came(bytes(MOST_GIVEN)))) == ()
