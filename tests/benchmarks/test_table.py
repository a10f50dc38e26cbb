import pytest

from tests.benchmarks.cases import CASES, choose
from tests.benchmarks.measuring import Result
from tests.benchmarks.programs import ROOT, Figures, Times
from tests.benchmarks.table import BEGIN, CEILING, END, FREEDIAMETER, OURS, Table, Target, put_into


def figures(
    rate: float = 1000.0,
    *,
    p99: int = 500,
    probe: Times | None = None,
    others: float = 0.0,
    client: float = 0.5,
    faults: dict[str, int] | None = None,
) -> Figures:
    times = Times(p50=100, p99=p99, p999=900, longest=1000)
    return Figures(
        answered=int(rate),
        rate=rate,
        times=times,
        probe=probe,
        faults=faults or {},
        client=client,
        server=1.0,
        others=others,
    )


def table(*found: tuple[str, str, float]) -> Table:
    return Table(Result(case, server, figures(rate)) for case, server, rate in found)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_compares_us_with_the_peers_of_the_same_case() -> None:
    lines = table(
        ("s13", OURS, 400.0), ("s13", CEILING, 1000.0), ("s13", FREEDIAMETER, 40.0)
    ).lines()

    assert cells(lines[2])[1:8] == ["400", "1,000", "40", "", "40%", "10.0 times", "100%"]


def test_a_case_that_peers_were_not_asked_is_compared_with_its_reference() -> None:
    lines = table(("s13", OURS, 400.0), ("s13", CEILING, 1000.0), ("pairs", OURS, 200.0)).lines()

    assert cells(lines[3])[1:8] == ["200", "", "", "", "20%", "", "50%"]


def test_rows_stand_in_the_order_of_the_cases_whatever_was_measured_first() -> None:
    lines = table(("map", OURS, 1.0), ("mix", OURS, 1.0), ("s13", OURS, 1.0)).lines()

    assert [cells(line)[0] for line in lines[2:]] == [
        CASES[name].words for name in ("s13", "mix", "map")
    ]


def test_every_line_is_as_long_as_the_others() -> None:
    lines = table(("s13", OURS, 123456.0), ("map-mix", OURS, 1.0)).lines()

    assert len({len(line) for line in lines}) == 1


def test_a_rate_that_was_forced_is_not_compared() -> None:
    lines = table(
        ("s13", OURS, 400.0), ("s13", CEILING, 1000.0), ("half-rate", OURS, 200.0)
    ).lines()

    assert cells(lines[3])[5:8] == ["", "", ""]


def test_only_what_was_measured_has_a_target() -> None:
    targets = table(("s13", OURS, 400.0), ("s13", CEILING, 1000.0)).targets()

    assert [target.words for target in targets] == ["s13: of the ceiling"]
    assert targets[0].is_met


def test_waits_are_targets_too() -> None:
    longest = Times(p50=100, p99=200, p999=300, longest=10_500)
    waits = Table(
        [
            Result("half-rate-awake", OURS, figures(p99=900)),
            Result("learning", OURS, figures(probe=longest), undisturbed=figures(probe=longest)),
        ]
    )

    assert [str(target) for target in waits.targets()] == [
        "met: half-rate-awake: p99: 0.90 ms, wanted at most 1.00 ms",
        "MISSED: learning: longest wait: 10.50 ms, wanted at most 10.00 ms",
    ]


@pytest.mark.parametrize(("found", "at_most", "met"), [(2.0, False, True), (2.1, True, False)])
def test_a_target_is_a_bound_on_one_side(found: float, at_most: bool, met: bool) -> None:  # noqa: FBT001
    assert Target("rate", found, 2.0, at_most=at_most).is_met is met


def test_faults_others_and_a_busy_client_are_told() -> None:
    odd = Table([Result("s13", OURS, figures(faults={"wrong": 3}, others=0.5, client=0.95))])

    assert odd.remarks() == [
        "s13, eir: FAULTS {'wrong': 3}",
        "s13, eir: others used 50% of a core",
        "s13, eir: the client used 95% of its core",
    ]


def test_what_was_disturbed_is_told_beside_what_was_not() -> None:
    switch = Result("switch", OURS, figures(900.0, p99=700), undisturbed=figures(1000.0))

    (remark,) = Table([switch]).remarks()

    assert remark == (
        "switch, eir: p99 500 us undisturbed, 700 us disturbed; longest 1,000 us and 1,000 us;"
        " 1,000 and 900 answers a second"
    )


def test_waits_at_half_the_rate_are_told_beside_those_of_a_program_that_does_nothing() -> None:
    halves = [Result("half-rate", OURS, figures(p99=900)), Result("half-rate", CEILING, figures())]

    assert Table(halves).remarks() == [
        "half-rate: p99 900 us, and 500 us of the ceiling; 100% and 100% of the server's core"
    ]


def test_a_table_takes_the_place_of_the_one_before() -> None:
    text = f"before\n{BEGIN}\n\n| old |\n\n{END}\nafter\n"

    assert put_into(text, ["| new |", "|-----|"]) == (
        f"before\n{BEGIN}\n\n| new |\n|-----|\n\n{END}\nafter\n"
    )


def test_a_text_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a table goes between"):
        put_into("nothing here", ["| new |"])


def test_the_readme_has_a_place_for_the_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert put_into(readme, ["| new |"]) != readme


def test_a_chosen_case_brings_its_reference_along() -> None:
    assert [case.name for case in choose(["map-mix", "pairs"])] == [
        "s13",
        "pairs",
        "map",
        "map-mix",
    ]


def test_the_largest_lists_are_measured_only_when_they_are_chosen() -> None:
    assert CASES["50M"] not in choose([])
    assert CASES["50M"] in choose(["50M"])
