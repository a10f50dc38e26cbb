import hashlib
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import ListFileError
from eir.lists import pieces as module
from eir.lists.pieces import Pieces


def pieces_of(octets: bytes, size: int) -> list[bytes]:
    pieces = Pieces(io.BytesIO(octets), lambda _: None, size)
    return list(iter(pieces.take, b""))


@given(st.text("ab\r\n", max_size=30), st.integers(1, 12))
def test_pieces_are_whole_lines_and_together_the_file(text: str, size: int) -> None:
    octets = text.encode()
    pieces = pieces_of(octets, size)
    assert b"".join(pieces) == octets
    for piece, following in pairwise(pieces):
        assert piece.endswith((b"\n", b"\r"))
        assert not (piece.endswith(b"\r") and following.startswith(b"\n"))


def test_what_is_put_back_comes_again_with_more() -> None:
    pieces = Pieces(io.BytesIO(b"a\nb\nc\nd\n"), lambda _: None, 4)
    assert pieces.take() == b"a\nb\n"
    pieces.put_back(b"b\n")
    assert pieces.take() == b"b\nc\nd\n"
    pieces.put_back(b"d\n")
    assert (pieces.take(), pieces.ended) == (b"d\n", True)
    assert pieces.take() == b""


def test_octets_are_hashed_and_counted() -> None:
    counts: list[int] = []
    pieces = Pieces(io.BytesIO(b"a\nb\nc"), counts.append, 2)
    list(iter(pieces.take, b""))
    assert counts == [2, 4, 5]
    assert pieces.hash.digest() == hashlib.sha256(b"a\nb\nc").digest()
    assert not pieces.ended_with_newline


def test_a_line_without_an_end_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_LINE", 8)
    with pytest.raises(ListFileError, match="does not end"):
        pieces_of(b"x" * 100, 4)
    assert pieces_of(b"x" * 8, 4) == [b"x" * 8]


def test_a_file_that_cannot_be_read_further_is_a_list_file_error() -> None:
    class Broken(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    pieces = Pieces(Broken(), lambda _: None, 8)  # type: ignore[arg-type]
    with pytest.raises(ListFileError, match="Input/output error"):
        pieces.take()
