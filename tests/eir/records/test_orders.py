from eir.config import parse
from eir.records import orders
from eir.records.orders import Orders


def test_orders_are_read_as_they_were_written() -> None:
    config = parse('[records]\nformat = "jsonl"\n[store]\npath = "/lists"', None)
    for last in (False, True):
        said = Orders(config=config, account=5, rings=(6, 7), last=last)
        line = orders.encode(said)
        assert line.count(b"\n") == 1
        assert orders.decode(line) == said
