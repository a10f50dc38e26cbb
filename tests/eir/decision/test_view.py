from eir.decision.view import Member, View
from tests.eir.decision.lists import IMEI, IMSI, MSISDN, Lists


def test_a_member_does_not_show_whom_it_names() -> None:
    shown = repr(Member(IMEI, IMSI, MSISDN, ()))
    assert not any(number in shown for number in (IMEI, IMSI, MSISDN))


def test_lists_of_a_test_are_a_view_like_any_other() -> None:
    view: View = Lists()
    assert view.version == 7
