import pytest

from eir.decision.verdict import Status, Verdict
from tests.eir.decision.lists import IMEI, Lists, ask, on


@pytest.mark.parametrize("unlisted", list(Status))
def test_what_nothing_names_gets_the_configured_answer(unlisted: Status) -> None:
    verdict = ask(Lists(on("prohibited", "1" * 14)), unlisted=unlisted)
    assert verdict == Verdict(unlisted, "unlisted", "unlisted", version=7)


@pytest.mark.spec("TS 29.272", "7.3.4")
@pytest.mark.parametrize("text", [IMEI, f"{IMEI}1", f"{IMEI}0", f"{IMEI}99", f" {IMEI}x"])
def test_fourteen_digits_are_an_imei_whatever_follows_them(text: str) -> None:
    assert ask(Lists(), text).reason == "unlisted"


@pytest.mark.parametrize("text", ["", IMEI[:13], "3520990017614A", "٣٥٢٠٩٩٠٠١٧٦١٤٨", "x" * 99])
def test_an_identity_that_is_no_imei_says_malformed(text: str) -> None:
    assert ask(Lists(), text).reason == "malformed"


@pytest.mark.parametrize(
    ("response_type", "status"), [(1, "permitted"), (2, "unknown"), (3, "unknown")]
)
def test_a_response_type_has_its_own_default(response_type: int, status: str) -> None:
    verdict = ask(Lists(), response_type=response_type, unlisted="tracking")
    assert verdict.status == status
