import pytest

from tests.benchmarks.programs import MissingToolError, Times, need, read_figures

LINE = (
    '{"answered":12,"seconds":1.0,"rate":10.0,"processor":0.5,'
    '"p50_us":1,"p99_us":2,"p999_us":3,"max_us":4,'
    '"faults":{"unidentified":0,"wrong":2,"refused":0,"unanswered":0},"verdicts":[10,0,0,0]}'
)


def test_a_missing_tool_comes_with_the_command_that_installs_it() -> None:
    with pytest.raises(MissingToolError, match="no-such-tool is missing: apt-get install that one"):
        need("no-such-tool", "that one")


def test_only_faults_that_happened_are_told() -> None:
    figures = read_figures(LINE, server=0.9, others=0.1)

    assert figures.faults == {"wrong": 2}
    assert figures.times == Times(p50=1, p99=2, p999=3, longest=4)
    assert figures.probe is None
