import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from eir.channel import Start, decode_for_worker, encode
from eir.config import Config, Decision, Match, load
from eir.config.decision import inherit
from eir.decision.verdict import Interface, Status
from eir.errors import ConfigError
from tests.eir.config.reading import read

POLICY = """
[decision]
unlisted = "unknown"
malformed = { empty = "prohibited", hex = "tracking" }
tac = { device_types = { Modem = "tracking" } }
[[policy]]
name = "iot"
match = { imsi_prefixes = ["00101"] }
malformed = { hex = "off" }
tac = { device_types = { ROUTER = "unknown" } }
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[decision]\norder = ["prohibited"]', r"decision\.order: unlisted must be there and last"),
        ("[decision]\norder = []", r"decision\.order: unlisted must be there and last"),
        ('[decision]\norder = ["unlisted", "tac"]', r"decision\.order: unlisted must be there"),
        ('[decision]\norder = ["tac", "tac", "unlisted"]', r"order: name each rule once: tac is"),
        ('[decision]\norder = ["tac", "unlisted"]', r"decision\.order: override must be there"),
        ('[[policy]]\norder = ["unlisted"]', r"policy\[0\]\.order: override must be there: "),
        ('[decision]\norder = ["nap", "unlisted"]', r"no rule is called 'nap': binding, exception"),
        ('[decision]\nunlisted = "off"', r"decision\.unlisted: Input should be"),
        ("[decision]\nresponse_type = 4", r"decision\.response_type: Input should be"),
        ("[decision]\nresponse_type = true", r"decision\.response_type: write 0, 1, 2 or 3"),
        ('[decision]\norder = "tac"', r"decision\.order: write a list: "),
        (
            '[decision.tac]\ndevice_types = { Modem = "tracking", MODEM = "unknown" }',
            r"tac\.device_types: two keys are the same type, however they are spelt: modem",
        ),
        ('[decision]\nmalformed = { hex = "no" }', r"malformed\.hex: write permitted, .* or off"),
        ('[decision]\nmalformed = { odd = "off" }', r"decision\.malformed\.odd: unknown key"),
        ('[decision.exception]\nno_imsi = "off"', r"exception\.no_imsi: write .* or skip"),
        ('[decision.binding]\nviolated = "skip"', r"decision\.binding\.violated: Input should be"),
        ('[decision]\non_failure = "purple"', r"decision\.on_failure: write .* or error"),
        ('[decision]\non_failure = "prohibited"', r"decision\.on_failure: nobody is cut off"),
        ('[[policy]]\nname = "a"\nmatch = {}', r"policy\[0\]\.match: name something to match"),
        ('[[policy]]\nname = "a"', r"policy\[0\]\.match: Field required"),
        ('[[policy]]\nmatch = { imsi_prefixes = ["x"] }', r"prefixes\[0\]: .*, mobile country"),
        ('[[policy]]\nmatch = { imsi_prefixes = [""] }', r"policy\[0\]\..*imsi_prefixes\[0\]: "),
        ('[[policy]]\nmatch = { point_codes = ["9-9-9-9"] }', r"'9-9-9-9' is no point code"),
        ('[[policy]]\nmatch = { interfaces = ["s6a"] }', r"policy\[0\]\.match\.interfaces\[0\]: "),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_two_policies_of_one_name_are_refused(tmp_path: Path) -> None:
    table = '[[policy]]\nname = "a"\nmatch = { interfaces = ["map"] }\n'
    with pytest.raises(ConfigError, match="policy: two policies have the same name: a"):
        read(tmp_path, table * 2)


def test_a_word_that_stands_for_no_status_is_none() -> None:
    decision = load(None).decision
    assert decision.malformed.empty is None
    assert decision.binding.no_imsi is None
    assert Decision.model_validate({"on_failure": "error"}).on_failure is None


def test_a_policy_inherits_key_by_key(tmp_path: Path) -> None:
    (policy,) = read(tmp_path, POLICY).policy
    assert policy.unlisted is Status.UNKNOWN
    assert (policy.malformed.empty, policy.malformed.hex) == (Status.PROHIBITED, None)
    assert policy.tac.device_types == {"router": Status.UNKNOWN}
    assert policy.order == Decision().order


def test_a_policy_without_a_decision_inherits_the_defaults(tmp_path: Path) -> None:
    (policy,) = read(tmp_path, POLICY[POLICY.index("[[") :]).policy
    assert policy.unlisted is Status.PERMITTED


def test_a_wrong_decision_is_told_once_and_a_wrong_policy_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2 wrong") as caught:
        read(tmp_path, POLICY.replace("unknown", "purple"))
    assert r"decision.unlisted" in str(caught.value)
    assert r"policy[0].tac.device_types.ROUTER" in str(caught.value)


@pytest.mark.parametrize("policy", ["1", '"a"', '["a"]'])
def test_a_policy_that_is_no_table_is_refused(tmp_path: Path, policy: str) -> None:
    with pytest.raises(ConfigError, match="policy"):
        read(tmp_path, f"policy = {policy}")


def test_what_is_no_table_inherits_nothing() -> None:
    assert inherit(1, Decision()) == 1


@pytest.mark.parametrize(
    ("match", "message"),
    [
        (
            {"imsi_prefixes": ["00102", "00101"], "not_imsi_prefixes": ["001"]},
            "no IMSI fits: 00102 is in, and out",
        ),
        ({"origin_hosts": ["a.example"], "point_codes": [7]}, "origin_hosts is of Diameter"),
        ({"origin_hosts": ["a.example"], "calling": ["99"]}, "origin_hosts is of Diameter"),
        ({"point_codes": [7], "interfaces": ["s13", "prompt"]}, "are of the interface map"),
        ({"calling": ["99"], "interfaces": ["s13"]}, "are of the interface map"),
        ({"origin_hosts": ["a.example"], "interfaces": ["map"]}, "not of the interface map"),
    ],
)
def test_a_match_that_no_check_can_fit_is_refused(match: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Match.model_validate(match)


@pytest.mark.parametrize(
    "match",
    [
        {"imsi_prefixes": ["001"], "not_imsi_prefixes": ["00101"]},
        {"point_codes": [7], "calling": ["99"], "interfaces": ["s13", "map"]},
        {"origin_hosts": ["a.example"], "interfaces": ["prompt"]},
    ],
)
def test_a_match_that_some_check_can_fit_is_taken(match: dict[str, object]) -> None:
    assert Match.model_validate(match).model_dump(exclude_unset=True)


def test_a_match_reads_point_codes_and_interfaces() -> None:
    match = Match.model_validate({"point_codes": ["2-10-4", 7], "interfaces": ["map"]})
    assert match.point_codes == (4180, 7)
    assert match.interfaces == (Interface.MAP,)


def test_a_configuration_survives_the_way_to_a_worker(tmp_path: Path) -> None:
    config = read(tmp_path, POLICY)
    start = Start(
        config=config, use_store=False, tcp=(), sctp=(), counters=1, records=2, started_at=3
    )
    assert decode_for_worker(encode(start)) == start


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    config = read(tmp_path, POLICY)
    written = json.loads(config.model_dump_json(by_alias=True))
    assert written["policy"][0]["malformed"]["hex"] == "off"
    assert written["decision"]["binding"]["no_imsi"] == "skip"
    assert Config.model_validate(written) == config
