"""What is strange about a registry's day is told truly."""

from tests.tools.registry.delivered import changed, members, named, rows, struck


def test_surge_of_blocks() -> None:
    case = struck("surge-of-blocks")
    before, after = (case.registry.truth(d.run).blacklist for d in (case.earlier[-1], case.wrong))

    assert len(set(after) - set(before)) > 2 * len(before)
    assert len(rows(named(case.wrong, "_blocked.csv"))) > 2 * len(before)


def test_surge_of_unblocks() -> None:
    case = struck("surge-of-unblocks")
    before, after = (case.registry.truth(d.run).blacklist for d in (case.earlier[-1], case.wrong))

    assert len(set(before) - set(after)) > len(before) / 2
    assert len(rows(named(case.wrong, "_unblocked.csv"))) > len(before) / 2


def test_reset() -> None:
    case = struck("reset")
    after = case.registry.deliver()

    assert (case.wrong.run, case.wrong.base) == (1, -1)
    assert len(rows(named(case.wrong, "_-1_1_blocked.csv"))) == len(
        case.registry.truth(1).blacklist
    )
    assert after.base == 1


def test_catch_up() -> None:
    case = struck("catch-up")

    assert case.wrong.base == case.earlier[-3].run
    assert named(case.wrong, "blacklist.csv") == named(case.right, "blacklist.csv")


def test_no_full() -> None:
    case = struck("no-full")

    assert {name for name in changed(case) if "_delta_" in name} == set()
    assert all("_delta_" in name for name in members(case.wrong))


def test_malformed_identities() -> None:
    case = struck("malformed-identities")
    imeis = [row["imei"] for row in rows(named(case.wrong, "_blocked.csv"))]

    assert sum(not (imei.isdecimal() and len(imei) == 14) for imei in imeis) >= 10
