from protocols.errors import DecodeError, ProtocolError


class LayerError(DecodeError):
    layer = "layer"


def test_a_decode_error_says_layer_reason_and_place() -> None:
    error = LayerError("too short", offset=12)
    assert isinstance(error, ProtocolError)
    assert str(error) == "layer: too short at octet 12"
    assert (error.reason, error.offset) == ("too short", 12)
