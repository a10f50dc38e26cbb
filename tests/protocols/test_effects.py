from protocols.effects import Close, Moved, Note, Refused, Send


def test_a_message_is_sent_in_order_unless_it_says_otherwise() -> None:
    assert Send(1, b"octets") == Send(1, b"octets", ordered=True)
    assert Send(1, b"octets") != Send(1, b"octets", ordered=False)


def test_effects_are_values() -> None:
    assert Close(1) == Close(1)
    assert Moved(1, "mme1", "R_OPEN") != Moved(2, "mme1", "R_OPEN")


def test_a_note_is_an_info_line_without_fields_unless_it_says_otherwise() -> None:
    note = Note("fact")
    assert (note.fields, note.level) == ({}, "info")


def test_a_message_goes_on_stream_0_unless_it_says_otherwise() -> None:
    assert Send(1, b"octets").stream == 0


def test_an_error_is_of_diameter_unless_it_says_otherwise() -> None:
    assert Refused(1, 3001, "why").layer == "diameter"
