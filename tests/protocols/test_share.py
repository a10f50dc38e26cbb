from protocols.share import ALONE, Share


def test_what_another_worker_owns_is_elsewhere_and_the_rest_is_ours() -> None:
    share: Share[str] = Share(1, len)
    assert share.elsewhere("a") is None
    assert [share.elsewhere(key) for key in ("", "ab")] == [0, 2]


def test_everything_is_of_a_worker_that_is_alone() -> None:
    assert [ALONE.elsewhere(key) for key in ("mme", b"\1", 7)] == [None, None, None]
