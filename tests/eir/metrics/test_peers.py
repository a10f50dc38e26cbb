from eir import metrics
from eir.decision.verdict import Interface
from eir.metrics import RECEIVED, Counters, peers
from eir.metrics.peers import OTHER
from tests.eir.metrics.scraping import page


def names(counters: Counters) -> list[tuple[str, str]]:
    return [(row.interface, row.name) for row in counters.peers()]


def test_who_is_not_known_is_counted_with_all_others() -> None:
    counters = page()
    counters.know(Interface.S13, ["mme1"])
    others = counters.place_of(Interface.S13, "")
    assert counters.place_of(Interface.S13, "mme2") == others
    assert counters.place_of(Interface.S13, "mme1") != others
    assert names(counters) == [("s13", OTHER), ("s13", "mme1")]


def test_a_name_may_be_of_two_interfaces() -> None:
    counters = page()
    for interface in (Interface.S13, Interface.MAP):
        counters.know(interface, ["one"])
    counters.add_of(counters.place_of(Interface.MAP, "one"), RECEIVED)
    assert counters.value_of(counters.place_of(Interface.MAP, "one"), RECEIVED) == 1
    assert counters.value_of(counters.place_of(Interface.S13, "one"), RECEIVED) == 0


def test_a_worker_goes_on_with_the_names_of_the_one_before() -> None:
    memory = memoryview(bytearray(metrics.SIZE))
    before = Counters(memory)
    before.know(Interface.S13, ["mme1", "mme2"])
    before.add_of(before.place_of(Interface.S13, "mme2"), RECEIVED, (), 7)
    after = Counters(memory)
    after.know(Interface.S13, ["mme2", "mme3"])
    assert after.value_of(after.place_of(Interface.S13, "mme2"), RECEIVED) == 7
    assert names(after) == [("s13", n) for n in (OTHER, "mme1", "mme2", "mme3")]


def test_who_has_read_names_reads_those_that_come_later() -> None:
    memory = memoryview(bytearray(metrics.SIZE))
    worker, supervisor = Counters(memory), Counters(memory)
    for known in (["mme1"], ["mme2", "mme3"]):
        worker.know(Interface.S13, known)
        assert names(supervisor) == names(worker)
    assert len(names(supervisor)) == 4


def test_there_are_so_many_peers_and_no_more() -> None:
    counters = page()
    counters.know(Interface.S13, map(str, range(peers.ROWS)))
    assert len(names(counters)) == peers.ROWS
    assert names(counters)[-1] == ("s13", str(peers.ROWS - 2))
    last = str(peers.ROWS - 1)
    assert counters.place_of(Interface.S13, last) == counters.place_of(Interface.S13, OTHER)


def test_the_longest_name_is_kept_whole() -> None:
    counters = page()
    longest = f"{'m' * 63}.{'n' * 63}.{'o' * 63}.{'p' * 63}"
    counters.know(Interface.S13, [longest])
    assert names(counters)[1] == ("s13", longest)
    assert counters.place_of(Interface.S13, longest) != counters.place_of(Interface.S13, OTHER)


def test_a_row_that_was_begun_and_not_finished_is_free() -> None:
    memory = memoryview(bytearray(metrics.SIZE))
    counters = Counters(memory)
    counters.know(Interface.S13, ["mme1"])
    at = counters.place_of(Interface.S13, "mme1") * 8
    memory[at : at + 8] = bytes(8)  # its worker was killed before it was taken
    after = Counters(memory)
    assert names(after) == [("s13", OTHER)]
    after.know(Interface.S13, ["mme2"])
    assert names(after) == [("s13", OTHER), ("s13", "mme2")]
