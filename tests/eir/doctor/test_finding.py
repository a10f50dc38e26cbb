from eir.doctor.finding import Finding, Level, worst

OK = Finding.ok("a", "well")
WARN = Finding.warn("b", "so so", "mend it")
FAIL = Finding.fail("c", "broken", "mend it")


def test_the_worst_of_all_counts() -> None:
    assert worst([OK, FAIL, WARN]) is Level.FAIL
    assert worst([OK, WARN]) is Level.WARN
    assert worst([OK]) is Level.OK
    assert worst([]) is Level.OK
