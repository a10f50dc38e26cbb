from protocols.errors import DecodeError, FramingError, ProtocolError


class LayerError(DecodeError):
    layer = "layer"


def test_a_decode_error_says_layer_reason_and_place() -> None:
    error = LayerError("too short", offset=12)
    assert isinstance(error, ProtocolError)
    assert str(error) == "layer: too short at octet 12"
    assert (error.reason, error.offset) == ("too short", 12)


def test_a_framing_error_keeps_the_header_that_cannot_be_right() -> None:
    error = FramingError("message length 3", offset=1, header=b"header")
    assert error.header == b"header"
    assert str(error) == "framing: message length 3 at octet 1"
