import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.decision.verdict import Status
from eir.records import CheckRecord
from eir.records.identities import Identities
from eir.records.line import FIELDS, Lines
from eir.records.names import Format
from tests.eir.records.made import RECORD

WHOLE = Identities("whole")
ROW = {
    "time": "2026-01-31T09:00:00.000001Z",
    "interface": "s13",
    "peer": "mme1.epc.mnc001.mcc001.3gppnetwork.org",
    "tac": "35209900",
    "imei": "35209900000001",
    "svn": "07",
    "plmn": "00101",
    "imsi": "001010000000001",
    "verdict": "prohibited",
    "reason": "stolen",
    "rule": "prohibited",
    "version": "7",
    "would_be": "",
    "duration_us": "123",
}
TEXTS = st.text(max_size=12)


def row(form: Format, record: CheckRecord, identities: Identities = WHOLE) -> dict[str, str]:
    lines = Lines(form, identities)
    text = lines.header + lines.write([record])
    assert text.count("\n") == (2 if form == "csv" else 1)
    if form == "jsonl":
        fields = json.loads(text)
        assert tuple(fields) == FIELDS
        return {name: "" if value is None else str(value) for name, value in fields.items()}
    (found,) = csv.DictReader(io.StringIO(text))
    return found


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_line_has_every_field(form: Format) -> None:
    record = RECORD._replace(time_ns=RECORD.time_ns + 1_999, software_version="07")
    assert row(form, record) == ROW


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_check_that_was_not_decided_says_so(form: Format) -> None:
    record = RECORD._replace(status=None, version=None, imsi="", would_be=Status.TRACKING)
    found = row(form, record)
    assert (found["verdict"], found["version"], found["imsi"]) == ("error", "", "")
    assert found["would_be"] == "tracking"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_types_alone_leave_no_identity_in_a_line(form: Format) -> None:
    found = row(form, RECORD, Identities("tac"))
    assert (found["tac"], found["imei"], found["plmn"], found["imsi"]) == (
        "35209900",
        "",
        "00101",
        "",
    )


@pytest.mark.parametrize("reason", ["drill 35209900176148", "35209900176148"])
def test_an_identity_in_a_reason_is_shown_where_all_are(reason: str) -> None:
    record = RECORD._replace(reason=reason)
    assert row("csv", record)["reason"] == reason
    for shown in (Identities("tac"), Identities("hashed", b"key")):
        assert row("csv", record, shown)["reason"] == reason.replace("176148", "******")


@given(st.sampled_from(("csv", "jsonl")), TEXTS, TEXTS, TEXTS)
def test_whatever_a_peer_sends_is_one_line_of_as_many_fields(
    form: Format, equipment: str, peer: str, reason: str
) -> None:
    found = row(form, RECORD._replace(equipment=equipment, peer=peer, reason=reason))
    assert tuple(found) == FIELDS
    assert None not in found.values()


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('a,"b"', 'a,"b"'),
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\uff1d1", "'\uff1d1"),
        ("'x", "''x"),
        ("a\nb\0", "a\\u000ab\\u0000"),
        ("a\\b", "a\\u005cb"),
    ],
)
def test_what_a_spreadsheet_or_a_terminal_would_obey_is_made_harmless(
    sent: str, shown: str
) -> None:
    assert row("csv", RECORD._replace(equipment=sent))["imei"] == shown


def test_json_repeats_texts_as_they_came() -> None:
    assert row("jsonl", RECORD._replace(peer='a,"b"\n'))["peer"] == 'a,"b"\n'


def test_the_time_goes_on_with_the_seconds() -> None:
    lines = Lines("csv", WHOLE)
    times = (0, 999_999_999, 1_000_000_000, 500)
    text = lines.write([RECORD._replace(time_ns=RECORD.time_ns + more) for more in times])
    assert [line[17:27] for line in text.splitlines()] == [
        *("00.000000Z", "00.999999Z"),
        *("01.000000Z", "00.000000Z"),
    ]
