from pathlib import Path

import pytest

from eir.channel import Start, decode_for_worker, encode
from eir.config import Asp, Config, Gateway, M3uaPeer, MapPeer
from eir.errors import ConfigError
from protocols.gsm_map.imsi import ImsiPlace
from tests.eir.config.reading import read

GATEWAY = '[[m3ua.gateway]]\nname = "stp1"\naddresses = ["192.0.2.1"]\n'
PEER = '[[m3ua.peer]]\nname = "msc1"\naddresses = ["192.0.2.2"]\n'
ENABLED = '[m3ua]\nenabled = true\npoint_code = "2-10-4"\n'
WHOLE = """
[m3ua]
enabled = true
point_code = "2-10-4"
network_indicator = 2
listen_sctp = ["127.0.0.1,127.0.0.2:2905"]
listen_tcp  = []
mode = "loadshare"
lenient_stream = false
asps = [{ identifier = 1, local_port = 0 }]
[[m3ua.gateway]]
name = "stp1"
addresses = ["127.0.0.1"]
port = 2905
transport = "sctp"
routing_context = 100
register = false
[sccp]
ssn = 9
global_title = ""
[map]
versions = [1, 2, 3]
imsi_places = ["v2-tag0", "private-extension", "extension-container"]
"""


def test_ss7_is_off_until_it_is_asked_for(tmp_path: Path) -> None:
    config = read(tmp_path, "")
    assert not config.m3ua.enabled
    assert config.map.versions == (1, 2, 3)
    assert config.map.imsi_places == tuple(ImsiPlace)
    assert config.sccp.ssn == 9


def test_a_whole_configuration_is_read(tmp_path: Path) -> None:
    m3ua = read(tmp_path, WHOLE).m3ua
    assert m3ua.point_code == 2 << 11 | 10 << 3 | 4
    assert m3ua.asps == (Asp(identifier=1),)
    assert m3ua.gateway == (Gateway(name="stp1", addresses=("127.0.0.1",), routing_context=(100,)),)


@pytest.mark.parametrize("written", ['"2-10-4"', '"4180"', "4180"])
def test_a_point_code_is_written_in_any_common_notation(tmp_path: Path, written: str) -> None:
    m3ua = read(tmp_path, f"{GATEWAY}[m3ua]\nenabled = true\npoint_code = {written}\n").m3ua
    assert m3ua.point_code == 4180


@pytest.mark.parametrize(
    ("written", "contexts"), [("100", (100,)), ("[100, 200]", (100, 200)), ("[]", ())]
)
def test_a_gateway_has_no_one_or_several_routing_contexts(
    tmp_path: Path, written: str, contexts: tuple[int, ...]
) -> None:
    (gateway,) = read(tmp_path, f"{GATEWAY}routing_context = {written}\n").m3ua.gateway
    assert gateway.routing_context == contexts


@pytest.mark.parametrize("transport", ["sctp", "tcp"])
def test_a_gateway_has_addresses_of_both_families(tmp_path: Path, transport: str) -> None:
    text = GATEWAY.replace('"]', '", "2001:db8::1"]') + f'transport = "{transport}"\n'
    (gateway,) = read(tmp_path, text).m3ua.gateway
    assert gateway.addresses == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize("seconds", [0.0, 1.0, 3600.0])
def test_an_association_is_probed_once_a_second_at_most(tmp_path: Path, seconds: float) -> None:
    m3ua = read(tmp_path, f"[m3ua]\nheartbeat_seconds = {seconds}\n").m3ua
    assert m3ua.heartbeat_seconds == seconds


@pytest.mark.parametrize(("written", "number"), [("7", 7), ('""', None)])
def test_a_network_appearance_is_a_number_or_none(
    tmp_path: Path, written: str, number: int | None
) -> None:
    m3ua = read(tmp_path, f"{GATEWAY}{PEER}network_appearance = {written}\n").m3ua
    assert m3ua.peer == (
        M3uaPeer(name="msc1", addresses=("192.0.2.2",), network_appearance=number),
    )


def test_who_asks_may_put_the_imsi_elsewhere(tmp_path: Path) -> None:
    text = '[[map.peer]]\npoint_code = "2-10-5"\ncalling = "99450"\nimsi_places = ["v2-tag0"]\n'
    assert read(tmp_path, text).map.peer == (
        MapPeer(point_code=4181, calling="99450", imsi_places=(ImsiPlace.V2_TAG0,)),
    )


def test_a_worker_is_given_the_same_configuration(tmp_path: Path) -> None:
    gateway = '[[m3ua.gateway]]\nname = "stp2"\naddresses = ["192.0.2.9"]\nregister = true\n'
    config = read(tmp_path, WHOLE + gateway)
    assert config.m3ua.gateway[1].registers
    start = Start(
        config=config,
        use_store=False,
        tcp=(),
        sctp=(),
        m3ua_tcp=(),
        m3ua_sctp=(),
        counters=0,
        records=0,
        started_at=1,
    )
    assert decode_for_worker(encode(start)) == start
    assert Config.model_validate_json(config.model_dump_json(by_alias=True)) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[m3ua]\nenabled = true",
            r"m3ua: enabled = true needs our point_code, such as \"2-10-4\"",
        ),
        (
            ENABLED,
            r"m3ua: enabled = true needs \[\[m3ua\.gateway\]\] .* listen_sctp, or listen_tcp",
        ),
        ('[m3ua]\npoint_code = "1-2-3-4"', r"m3ua\.point_code: '1-2-3-4' is no point code: write"),
        ("[m3ua]\npoint_code = 16384", r"m3ua\.point_code: point code 16384 has more than 14 bits"),
        ("[m3ua]\npoint_code = true", r"m3ua\.point_code: 'True' is no point code"),
        ("[m3ua]\nnetwork_indicator = 4", r"m3ua\.network_indicator"),
        ('[m3ua]\nmode = "anycast"', r"m3ua\.mode: Input should be 'override', 'loadshare'"),
        ('[m3ua]\nexchange = "triple"', r"m3ua\.exchange"),
        ("[m3ua]\nheartbeat_seconds = -1", r"m3ua\.heartbeat_seconds"),
        ("[m3ua]\nheartbeat_seconds = inf", r"m3ua\.heartbeat_seconds"),
        ("[m3ua]\nheartbeat_seconds = 0.99", r"heartbeat_seconds: write 0 for never, or 1 to"),
        ("[m3ua]\nasps = []", r"m3ua\.asps"),
        ("[m3ua]\nasps = [{ local_port = 1 }]", r"m3ua\.asps\[0\]\.identifier: Field required"),
        ("[m3ua]\nasps = [{ identifier = -1 }]", r"m3ua\.asps\[0\]\.identifier"),
        (
            "[m3ua]\nasps = [{ identifier = 1 }, { identifier = 1 }]",
            "two asps have the same identifier: 1",
        ),
        (
            "".join(f"[[m3ua.asps]]\nidentifier = {n}\nlocal_port = 5\n" for n in (1, 2)),
            "two asps have the same local_port: 5",
        ),
        (GATEWAY * 2, "two gateways or peers have the same name: stp1"),
        (GATEWAY + PEER.replace("msc1", "stp1"), "have the same name: stp1"),
        (PEER + PEER.replace("msc1", "msc2"), "two peers have the same address: 192.0.2.2"),
        (
            PEER + PEER.replace("msc1", "msc2").replace('"192', '"::ffff:192'),
            "two peers have the same address: 192.0.2.2",
        ),
        (GATEWAY + PEER + ENABLED, r"m3ua: \[\[m3ua\.peer\]\] connects to us: say where"),
        (GATEWAY.replace("stp1", "stp/1"), r"m3ua\.gateway\[0\]\.name: a name has"),
        ('[[m3ua.gateway]]\nname = "a"\naddresses = []', r"m3ua\.gateway\[0\]\.addresses"),
        ('[[m3ua.gateway]]\nname = "a"\naddresses = ["stp"]', "'stp' is no IP address"),
        (
            GATEWAY + 'routing_context = "100"',
            r"m3ua\.gateway\[0\]\.routing_context: write a number",
        ),
        (GATEWAY + "routing_context = -1", r"m3ua\.gateway\[0\]\.routing_context"),
        (
            GATEWAY + "routing_context = [100, 200, 100]",
            r"m3ua\.gateway\[0\]\.routing_context: name each routing context once: 100 is",
        ),
        (PEER + "routing_contexts = [7, 7]", r"m3ua\.peer\[0\]\.routing_contexts: name each"),
        (GATEWAY + "register = true\nrouting_context = 1", "asks for the routing context: leave"),
        (GATEWAY + "colour = 1", r"m3ua\.gateway\[0\]\.colour: unknown key"),
        ("[sccp]\nssn = 1", r"sccp\.ssn"),
        ('[sccp]\nglobal_title = "+994"', r"sccp\.global_title: write up to 15 digits"),
        ("[map]\nversions = []", r"map\.versions"),
        ("[map]\nversions = [4]", r"map\.versions\[0\]"),
        ('[map]\nimsi_places = ["pocket"]', r"map\.imsi_places\[0\]"),
        ("[map]\ndialogue_seconds = 0", r"map\.dialogue_seconds"),
        ("[map]\nmax_dialogues = 0", r"map\.max_dialogues"),
        ("[[map.peer]]\nimsi_places = []", "say whom it is about: point_code, calling"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)
