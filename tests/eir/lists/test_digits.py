import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eir.lists.digits import Octets, line_starts

octets = st.text("0123456789,/:\x80\xff", max_size=40).map(lambda text: text.encode("latin-1"))


@given(st.text("a\r\n", min_size=1, max_size=20))
def test_lines_begin_and_end_where_an_editor_says(text: str) -> None:
    piece = text.encode()
    lines = piece.splitlines(keepends=True)
    starts = line_starts(piece)
    assert np.diff(starts).tolist() == [len(line) for line in lines]
    ends = Octets(piece).ends_of(starts)
    assert (ends - starts[:-1]).tolist() == [len(line.rstrip(b"\r\n")) for line in lines]


@given(octets)
def test_digits_are_read_at_every_place(piece: bytes) -> None:
    values, lengths = Octets(piece).digits_at(np.arange(len(piece)))
    for place in range(len(piece)):
        digits = re.match(rb"[0-9]{0,16}", piece[place:])
        assert digits is not None
        assert lengths[place] == len(digits[0])
        assert values[place] == int(digits[0] or b"0")


@given(octets)
def test_an_octet_is_found_at_a_place_or_behind_it(piece: bytes) -> None:
    places = [*range(len(piece)), len(piece) + 9]
    found = [at if (at := piece.find(b",", place)) >= 0 else len(piece) for place in places]
    assert Octets(piece).next(ord(","), np.array(places)).tolist() == found


@given(octets.filter(bool), st.data())
def test_texts_are_the_same_words_exactly_when_they_are_the_same(
    piece: bytes, data: st.DataObject
) -> None:
    places = [data.draw(st.integers(0, len(piece) - 1)) for _ in range(3)]
    lengths = [data.draw(st.integers(0, len(piece) - place)) for place in places]
    words = Octets(piece).texts_at(np.array(places), np.array(lengths))
    for text, (place, length) in enumerate(zip(places, lengths, strict=True)):
        octets = b"".join(int(word[text]).to_bytes(8, "little") for word in words)
        assert octets.rstrip(b"\0") == piece[place : place + length].rstrip(b"\0")
        assert not octets[length:].strip(b"\0")
