import pytest

from eir.lists.tac import TacInfo


@pytest.mark.parametrize(
    ("info", "name"),
    [
        (TacInfo("00100199", "Corp", "D1", "Demo One", "Example"), "Example Demo One"),
        (TacInfo("00100199", "Corp", "D1"), "Corp D1"),
        (TacInfo("00100199", model="D1"), "D1"),
        (TacInfo("00100199", brand="Example"), "Example"),
        (TacInfo("00100199"), ""),
    ],
)
def test_a_type_is_named_as_people_name_it(info: TacInfo, name: str) -> None:
    assert info.name == name


def test_its_fields_are_what_it_is_made_of() -> None:
    info = TacInfo("00100199", "Corp", device_type="Modem")
    assert TacInfo(**info.fields) == info
