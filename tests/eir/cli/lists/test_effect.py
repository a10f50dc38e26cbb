import io
from pathlib import Path

import pytest

from eir.cli.lists.effect import without_effect
from eir.config import parse
from eir.lists.loader import Mode, Request
from eir.lists.names import ListName
from eir.lists.subscriber_loader import load_subscribers
from eir.store.catalog import reading_lists
from eir.store.layout import Truth
from tests.eir.lists_loading import load_text


def said(store: Path, name: ListName, text: str = "") -> list[str]:
    with reading_lists(store) as lists:
        return list(without_effect(parse(text, None), lists, name))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path, "imei\n35209900176148\n")
    return tmp_path


ORDER = 'order = ["override", "prohibited", "unlisted"]\n'
REGISTERED = '[decision]\norder = ["override", "registration", "unlisted"]\n'
UNREGISTERED = '[decision.registration]\nunregistered = "tracking"'
POLICY = '[[policy]]\nname = "home"\nmatch = { imsi_prefixes = ["00101"] }\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (ListName.PROHIBITED, "", None),
        (ListName.TRACKING, "", None),
        (ListName.TRACKING, f"[decision]\n{ORDER}", "put tracking into [decision] order"),
        (ListName.PERMITTED, f"[decision]\n{ORDER}", "put permitted or registration into"),
        (
            ListName.TRACKING,
            f'[decision]\n{ORDER}{POLICY}order = ["override", "tracking", "unlisted"]',
            None,
        ),
        (ListName.TAC_BARRED, "", "set [decision.tac] barred"),
        (ListName.TAC_BARRED, '[decision.tac]\nbarred = "prohibited"', None),
        (ListName.TAC_BARRED, f"{POLICY}tac = {{ barred = 'tracking' }}", None),
        (ListName.TAC_PERMITTED, '[decision.tac]\nbarred = "tracking"', "[decision.tac] permitted"),
        (ListName.TAC_PERMITTED, '[decision.tac]\npermitted = "permitted"', None),
        (ListName.REGISTRATION, "", "set [decision.registration] unregistered"),
        (ListName.PERMITTED, "", None),
        (ListName.PERMITTED, REGISTERED, "set [decision.registration] unregistered"),
        (
            ListName.PERMITTED,
            f'{REGISTERED}[decision.registration]\nunregistered = "unknown"',
            None,
        ),
        (ListName.REGISTRATION, UNREGISTERED, None),
    ],
)
def test_a_list_that_changes_no_answer_is_named_with_what_to_set(
    store: Path, name: ListName, text: str, expected: str | None
) -> None:
    found = said(store, name, text)
    assert len(found) == (expected is not None)
    assert (expected or "") in "".join(found)


@pytest.mark.parametrize(
    ("name", "line", "wanted"),
    [
        (ListName.PROHIBITED, ",,1550000001", True),
        (ListName.PROHIBITED, ",1,1550000001", True),
        (ListName.PROHIBITED, ",1,", False),
        (ListName.EXCEPTION, ",1,1550000001", False),
        (ListName.EXCEPTION, ",,1550000001", True),
        (ListName.EXCEPTION, "35209900176148,,", False),
    ],
)
def test_numbers_want_the_map_of_subscribers(
    tmp_path: Path, name: ListName, line: str, *, wanted: bool
) -> None:
    load_text(tmp_path, f"imei,imsi,msisdn\n{line}\n", name=name)
    found = "".join(said(tmp_path, name))
    assert ("eir subscribers load" in found) is wanted
    assert not said(tmp_path, ListName.TRACKING)


def test_with_the_map_of_subscribers_numbers_are_known(tmp_path: Path) -> None:
    load_text(tmp_path, "msisdn\n1550000001\n")
    request = Request(Truth(ListName.PERMITTED, "map"), Mode.FULL, author="tester", file="map.csv")
    file = io.BytesIO(b"imsi,msisdn\n001010000000001,1550000001\n")
    load_subscribers(tmp_path, file, request, progress=lambda _: None)
    assert not said(tmp_path, ListName.PROHIBITED)
