import pytest

from eir import config
from eir.config import Config
from eir.decision.verdict import Status
from eir.reload import AT_ONCE, reload


def parsed(text: str) -> Config:
    return config.parse(text, None)


def test_what_decides_counts_at_once() -> None:
    wanted = parsed('[decision]\nunlisted = "tracking"\ntac = { test = "prohibited" }')
    reloaded = reload(Config(), wanted)
    assert reloaded.config.decision.unlisted is Status.TRACKING
    assert reloaded.changed == ("decision.unlisted", "decision.tac.test")
    assert reloaded.restart_needed == ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[policy]]\nname = "roamers"\nmatch = { interfaces = ["map"] }', "policy"),
        ('[log]\nlevel = "debug"', "log.level"),
        ("[server]\nlane = false", "server.lane"),
        ("[map]\nimsi_places = []", "map.imsi_places"),
        ('[[map.peer]]\ncalling = "99450"', "map.peer"),
        ("[overload]\npeer_checks_per_second = 100", "overload.peer_checks_per_second"),
        ('[diameter]\ncongestion_result = "TOO_BUSY"', "diameter.congestion_result"),
        ("[records]\nothers_one_in = 7", "records.others_one_in"),
        ('[records]\ndirectory = ""', "records.directory"),
        ("[store]\nhistory_days = 1", "store.history_days"),
    ],
)
def test_one_of_these_keys_counts_at_once(text: str, key: str) -> None:
    reloaded = reload(Config(), parsed(text))
    assert (reloaded.changed, reloaded.restart_needed) == ((key,), ())
    assert reloaded.config == parsed(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[server]\nworkers = 2", "server.workers"),
        ('[log]\nformat = "json"', "log.format"),
        ('[store]\npath = "/elsewhere"', "store.path"),
        ("[map]\nmax_dialogues = 1", "map.max_dialogues"),
        ('[[diameter.peer]]\norigin_host = "mme.example.org"', "diameter.peer"),
        ("[sctp]\nstreams = 3", "sctp.streams"),
        ("[records]\nwaiting_records = 2048", "records.waiting_records"),
        ('[admin]\nlisten = "127.0.0.1:1"', "admin.listen"),
    ],
)
def test_any_other_key_waits_for_a_restart(text: str, key: str) -> None:
    reloaded = reload(Config(), parsed(text))
    assert (reloaded.changed, reloaded.restart_needed) == ((), (key,))
    assert reloaded.config == Config()


def test_what_waits_is_told_each_time_and_what_does_not_once() -> None:
    wanted = parsed('[log]\nformat = "json"\nlevel = "debug"')
    first = reload(Config(), wanted)
    assert (first.changed, first.restart_needed) == (("log.level",), ("log.format",))
    second = reload(first.config, wanted)
    assert (second.changed, second.restart_needed) == ((), ("log.format",))


def test_every_key_that_counts_at_once_is_one_of_the_file() -> None:
    for key in AT_ONCE:
        place: object = Config()
        for name in key.split("."):
            assert name in type(place).model_fields  # type: ignore[attr-defined]
            place = getattr(place, name)
