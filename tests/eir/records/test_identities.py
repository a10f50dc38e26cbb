import hashlib
import hmac
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.errors import ConfigError, RecordsError
from eir.records.identities import Identities, load_key, plmn_of, tac_of

KEY = b"0123456789abcdef"
IMEI, IMSI = "35209900000001", "001010000000001"
HASHED = Identities("hashed", KEY)


def test_whole_identities_are_shown_as_they_came() -> None:
    whole = Identities("whole")
    assert (whole.imei(f"{IMEI}7"), whole.imei("not one"), whole.imsi(IMSI)) == (
        *(f"{IMEI}7", "not one"),
        IMSI,
    )


def test_types_alone_show_nobody() -> None:
    tac = Identities("tac")
    assert (tac.imei(IMEI), tac.imei("short"), tac.imsi(IMSI)) == ("", "", "")


def test_a_hash_is_one_that_others_can_calculate_from_key_and_identity() -> None:
    digest = hmac.new(KEY, f"imei:{IMEI}".encode(), hashlib.sha256).hexdigest()
    assert HASHED.imei(IMEI) == f"x{digest[:20]}"


def test_an_imei_has_one_hash_whatever_follows_its_14_digits() -> None:
    assert len({HASHED.imei(f"{IMEI}{more}") for more in ("", "7", "42")}) == 1


def test_imeis_imsis_and_keys_make_other_hashes() -> None:
    other = Identities("hashed", b"another key 0000")
    found = {HASHED.imei(IMSI), HASHED.imsi(IMSI), other.imei(IMSI), HASHED.imei(IMEI)}
    assert len(found) == 4
    assert HASHED.imsi("") == ""


@given(
    st.from_regex(r"[0-9]{14,16}", fullmatch=True), st.from_regex(r"[0-9]{14,15}", fullmatch=True)
)
def test_hashes_and_types_show_no_identity_whole(imei: str, imsi: str) -> None:
    shown = [HASHED.imei(imei), HASHED.imsi(imsi), tac_of(imei), plmn_of(imsi)]
    assert not [each for each in shown if imei[:14] in each or imsi in each]


@pytest.mark.parametrize(
    ("equipment", "tac"),
    [
        (IMEI, "35209900"),
        (f"{IMEI}7", "35209900"),
        (IMEI[:13], ""),
        ("3520990000000A", ""),
        ("", ""),
    ],
)
def test_only_an_imei_has_a_type(equipment: str, tac: str) -> None:
    assert tac_of(equipment) == tac


@pytest.mark.parametrize(("imsi", "plmn"), [(IMSI, "00101"), ("00101", ""), ("", "")])
def test_only_a_whole_imsi_has_a_network(imsi: str, plmn: str) -> None:
    assert plmn_of(imsi) == plmn


def key_file(directory: Path, text: str = f"{KEY.decode()}\n", *, mode: int = 0o640) -> Path:
    path = directory / "key"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_key_is_read_without_its_line_end(tmp_path: Path) -> None:
    assert load_key(str(key_file(tmp_path))) == KEY


def test_a_key_may_be_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    key_file(tmp_path)
    assert load_key("credential:key") == KEY


@pytest.mark.parametrize(
    ("text", "mode", "said", "step"),
    [
        ("", 0o600, "at least 16 octets", "openssl rand"),
        ("a" * 16, 0o644, "others may read", "chmod 0640"),
        ("a" * 16, 0o660, "or change it", "chmod 0640"),
    ],
)
def test_a_key_that_is_no_secret_is_refused(
    tmp_path: Path, text: str, mode: int, said: str, step: str
) -> None:
    with pytest.raises(RecordsError, match=said) as raised:
        load_key(str(key_file(tmp_path, text, mode=mode)))
    assert step in raised.value.next_step


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="No such file"):
        load_key(str(tmp_path / "key"))


def test_a_key_that_is_not_configured_is_no_file_here() -> None:
    with pytest.raises(ConfigError, match=r"\[records\] key_file is empty") as raised:
        load_key("")
    assert "openssl rand" in raised.value.next_step


def test_identities_do_not_show_their_key() -> None:
    assert KEY.decode() not in repr(HASHED)


def test_a_pipe_is_no_key_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key", mode=0o600)
    with pytest.raises(RecordsError, match="this is no file"):
        load_key(str(tmp_path / "key"))
    writer = os.open(tmp_path / "key", os.O_RDWR)  # who has not written yet
    with pytest.raises(RecordsError, match="this is no file"):
        load_key(str(tmp_path / "key"))
    os.close(writer)


@pytest.mark.parametrize("kept", range(9, 15))
def test_an_identity_that_a_reason_was_cut_in_is_masked_too(kept: int) -> None:
    reason = "found with".ljust(32 - kept) + "35209900176148"[:kept]
    masked = reason[: 32 - kept + 8] + "*" * (kept - 8)
    assert Identities("tac").reason(reason) == masked
    assert Identities("whole").reason(reason) == reason


def test_numbers_at_the_end_of_a_whole_reason_stay() -> None:
    assert Identities("tac").reason("theft, report 1234567890") == "theft, report 1234567890"
