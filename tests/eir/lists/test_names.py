import pytest

from eir.lists.names import ListName


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prohibited", ListName.PROHIBITED),
        ("Prohibited", ListName.PROHIBITED),
        ("prohibited-list", ListName.PROHIBITED),
        ("PROHIBITEDLISTED", ListName.PROHIBITED),
        ("black", ListName.PROHIBITED),
        ("blacklist", ListName.PROHIBITED),
        ("Black List", ListName.PROHIBITED),
        ("BLACKLISTED", ListName.PROHIBITED),
        ("tracking", ListName.TRACKING),
        ("grey", ListName.TRACKING),
        ("gray_list", ListName.TRACKING),
        ("permitted", ListName.PERMITTED),
        ("white", ListName.PERMITTED),
        ("white-list", ListName.PERMITTED),
    ],
)
def test_a_list_is_known_by_new_words_and_old(text: str, name: ListName) -> None:
    assert ListName.parse(text) is name


@pytest.mark.parametrize("text", ["", "list", "purple", "blackwhite", "prohibit"])
def test_another_word_is_refused_with_the_words_that_are_not(text: str) -> None:
    with pytest.raises(ValueError, match="prohibited, tracking, permitted"):
        ListName.parse(text)


def test_lists_rank_as_an_explanation_shows_them() -> None:
    ranked = sorted(ListName, key=lambda name: name.rank)
    assert ranked[:3] == [ListName.PROTECTED, ListName.EXCEPTION, ListName.BINDING]
    assert ranked[3:6] == [ListName.PROHIBITED, ListName.TRACKING, ListName.PERMITTED]
    assert ranked[6:9] == [ListName.REGISTRATION, ListName.TAC_BARRED, ListName.TAC_PERMITTED]
    assert ranked[9:] == [ListName.NOTIFICATION]
    assert [name for name in ListName if not name.is_asked] == [ListName.NOTIFICATION]
