from dataclasses import replace

from eir.registry.bundle import Does
from tests.eir.registry.runs import BLACK, PAIRED, bundle, delivery, listed, part


def test_the_same_files_have_the_same_hash_in_any_order() -> None:
    black, paired = delivery(BLACK, listed(1)), delivery(PAIRED, "imei,imsi\n")
    assert bundle(1, black, paired).sha256 == bundle(2, paired, black).sha256
    assert bundle(1, black).sha256 != bundle(1, black, paired).sha256
    assert bundle(1, black).sha256 == black.sha256


def test_where_files_are_packed_their_content_is_what_counts() -> None:
    packed = replace(delivery(BLACK, listed(1)), content="abc")
    assert packed.sha256 == "abc"
    assert bundle(1, packed).sha256 == bundle(1, delivery(BLACK, listed(1))).sha256


def test_a_file_of_several_lists_counts_once() -> None:
    one = delivery(BLACK, listed(1))
    other = delivery(BLACK, listed(1))
    assert len(bundle(1, one, other).files) == 1


def test_a_delta_is_as_large_as_its_parts() -> None:
    parts = part(listed(1)), part(listed(2, 3), Does.REMOVE)
    delta = delivery(BLACK, None, *parts, base=1).delta
    assert delta is not None
    assert delta.octets == len(listed(1)) + len(listed(2, 3))
