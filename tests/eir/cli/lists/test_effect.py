from pathlib import Path

import pytest

from eir.cli.lists.effect import without_effect
from eir.config import parse
from eir.lists.names import ListName
from eir.store.catalog import reading_lists
from tests.eir.lists_loading import load_text


def said(store: Path, name: ListName, text: str = "") -> list[str]:
    with reading_lists(store) as lists:
        return list(without_effect(parse(text, None), lists, name))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    load_text(tmp_path, "imei\n35209900176148\n")
    return tmp_path


ORDER = 'order = ["prohibited", "unlisted"]\n'
POLICY = '[[policy]]\nname = "home"\nmatch = { imsi_prefixes = ["00101"] }\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (ListName.PROHIBITED, "", None),
        (ListName.TRACKING, "", None),
        (ListName.TRACKING, f"[decision]\n{ORDER}", "put tracking into [decision] order"),
        (ListName.PERMITTED, f"[decision]\n{ORDER}", "put permitted or registration into"),
        (ListName.TRACKING, f'[decision]\n{ORDER}{POLICY}order = ["tracking", "unlisted"]', None),
        (ListName.TAC_BARRED, "", "set [decision.tac] barred"),
        (ListName.TAC_BARRED, '[decision.tac]\nbarred = "prohibited"', None),
        (ListName.TAC_BARRED, f"{POLICY}tac = {{ barred = 'tracking' }}", None),
        (ListName.TAC_PERMITTED, '[decision.tac]\nbarred = "tracking"', "[decision.tac] permitted"),
        (ListName.TAC_PERMITTED, '[decision.tac]\npermitted = "permitted"', None),
        (ListName.REGISTRATION, "", "set [decision.registration] unregistered"),
        (ListName.REGISTRATION, '[decision.registration]\nunregistered = "tracking"', None),
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
