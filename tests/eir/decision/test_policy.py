from typing import Any

import pytest

from eir.config import Config
from eir.decision.policy import policies_of
from eir.decision.verdict import Check, Interface
from tests.eir.decision.lists import IMEI

HOME = "00101"


def chosen(check: Check, *matches: dict[str, Any]) -> str | None:
    tables = [{"name": str(place), "match": match} for place, match in enumerate(matches)]
    return policies_of(Config.model_validate({"policy": tables})).of(check).name


@pytest.mark.parametrize(
    ("match", "fitting", "other"),
    [
        ({"imsi_prefixes": ["99", HOME]}, Check(IMEI, imsi="001012"), Check(IMEI, imsi="00202")),
        ({"imsi_prefixes": [HOME]}, Check(IMEI, imsi=HOME), Check(IMEI)),
        ({"not_imsi_prefixes": [HOME]}, Check(IMEI, imsi="00202"), Check(IMEI, imsi="001012")),
        ({"not_imsi_prefixes": [HOME]}, Check(IMEI, imsi="00202"), Check(IMEI)),
        (
            {"origin_hosts": ["MME1.example.net"]},
            Check(IMEI, peer="mme1.Example.net"),
            Check(IMEI, peer="mme11.example.net"),
        ),
        ({"point_codes": ["2-10-4", 7]}, Check(IMEI, point_code=4180), Check(IMEI, point_code=8)),
        ({"point_codes": [0]}, Check(IMEI, point_code=0), Check(IMEI)),
        ({"calling": ["9945"]}, Check(IMEI, calling="994512"), Check(IMEI, calling="1994512")),
        (
            {"interfaces": ["map", "prompt"]},
            Check(IMEI, interface=Interface.MAP),
            Check(IMEI, interface=Interface.S13),
        ),
    ],
)
def test_a_policy_fits_what_it_names(match: dict[str, Any], fitting: Check, other: Check) -> None:
    assert chosen(fitting, match) == "0"
    assert chosen(other, match) is None


def test_everything_that_is_named_must_fit() -> None:
    match = {"imsi_prefixes": [HOME], "interfaces": ["s13"]}
    assert chosen(Check(IMEI, imsi=HOME, interface=Interface.S13), match) == "0"
    assert chosen(Check(IMEI, imsi=HOME, interface=Interface.MAP), match) is None
    assert chosen(Check(IMEI, imsi="2", interface=Interface.S13), match) is None


def test_the_first_that_fits_counts() -> None:
    everybody = {"interfaces": ["prompt"]}
    assert chosen(Check(IMEI), {"interfaces": ["map"]}, everybody, everybody) == "1"


def test_all_are_there_with_the_default_first() -> None:
    tables = [{"name": "iot", "match": {"imsi_prefixes": ["1"]}, "unlisted": "unknown"}]
    policies = policies_of(Config.model_validate({"policy": tables}))
    assert [policy.name for policy in policies.all] == [None, "iot"]
    assert [policy.settings.unlisted for policy in policies.all] == ["permitted", "unknown"]
