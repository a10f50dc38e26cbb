import asyncio
import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from eir import channel, config, loop
from eir.links import LinkRow
from eir.trace.exchange import Match
from eir.trace.wanted import Wanted
from tests.eir.trace.exchanges import exchange

CONFIG = """
[store]
path = "somewhere"
[diameter]
listen_sctp = ["127.0.0.1,[::1]:3868"]
[[diameter.peer]]
origin_host = "mme1.example.org"
addresses = ["192.0.2.1"]
[decision]
on_failure = "error"
"""


def test_a_worker_is_told_the_whole_configuration(tmp_path: Path) -> None:
    path = tmp_path / "eir.toml"
    path.write_text(CONFIG)
    start = channel.Start(
        config=config.load(path),
        use_store=True,
        tcp=(3, 4),
        sctp=(),
        m3ua_tcp=(8,),
        m3ua_sctp=(9,),
        counters=5,
        records=6,
        started_at=7,
    )
    assert channel.decode_for_worker(channel.encode(start)) == start


@pytest.mark.parametrize(
    "message",
    [
        channel.UseStore(),
        channel.LeaveStore(),
        channel.Reload(config=config.parse(CONFIG, None)),
        channel.Trace(traces=(Wanted(number=1, kind="imei", value="35209900176148"),)),
        channel.Stop(),
    ],
)
def test_what_a_worker_is_told_is_one_line(message: channel.ToWorker) -> None:
    line = channel.encode(message)
    assert line.count(b"\n") == 1
    assert channel.decode_for_worker(line) == message


@pytest.mark.parametrize(
    "message",
    [
        channel.Ready(),
        channel.StoreState(failure="gone", version=None),
        channel.StoreState(failure=None, version=3),
        channel.LinksChanged(
            rows={"asp stp1": LinkRow(kind="asp", name="stp1", state="DOWN", since="now")},
            gone=("connection 1",),
        ),
        channel.Traced(matches=(Match(traces=(1, 2), exchange=exchange()),)),
        channel.Traced(dropped={1: 5}),
    ],
)
def test_what_a_worker_tells_is_one_line(message: channel.ToSupervisor) -> None:
    line = channel.encode(message)
    assert line.count(b"\n") == 1
    assert channel.decode_for_supervisor(line) == message


def test_a_line_that_means_nothing_is_a_bug() -> None:
    with pytest.raises(ValidationError):
        channel.decode_for_worker(b'{"kind":"dance"}\n')


def test_a_worker_whose_supervisor_is_gone_tells_nobody_and_goes_on() -> None:
    ours, theirs = socket.socketpair()

    async def test() -> None:
        _, writer = await asyncio.open_connection(sock=ours)
        channel.tell(writer, channel.Ready())
        assert channel.decode_for_supervisor(theirs.recv(100)) == channel.Ready()
        theirs.close()
        channel.tell(writer, channel.Ready())  # by this we learn that nobody hears it
        with pytest.raises(BrokenPipeError):
            await writer.wait_closed()
        channel.tell(writer, channel.Ready())

    loop.run(test())
