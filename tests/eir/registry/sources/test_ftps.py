"""How listings are read; `tests/integration/test_sources.py` has servers."""

import ftplib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eir.registry.outcome import SourceError
from eir.registry.sources.ftps import _of_facts, _of_line, _refuse
from eir.registry.sources.source import ConnectionLostError, RemoteFile


@pytest.mark.spec("RFC 3659", "7.2")
def test_facts_tell_of_files_alone() -> None:
    lines = [
        b"type=cdir;modify=20250102000302; .",
        b"type=pdir;modify=20250102000302; ..",
        b"type=dir;modify=20250102000302; sub",
        b"Type=OS.unix=slink:/etc;Size=3; link.csv",
        b"modify=20250102000302;perm=adfr;size=23;type=file;unique=FE00U1; a b;c.csv",
        b"TYPE=file;Size=x; b.csv",
        b"no facts",
        b"",
    ]

    assert list(_of_facts(lines)) == [
        RemoteFile("a b;c.csv", 23, "20250102000302 FE00U1"),
        RemoteFile("b.csv", None, ""),
    ]


@given(st.binary(max_size=80))
def test_no_line_of_a_listing_breaks_it(line: bytes) -> None:
    for file in _of_facts([line, b"type=file;size=" + line + b"; a.csv"]):
        assert file.size is None or file.size >= 0


@pytest.mark.parametrize("size", ["-1", "", "9" * 5_000])
def test_a_size_that_is_no_number_is_not_known(size: str) -> None:
    file = _of_line(f"type=file;size={size};", "a.csv")

    assert file == RemoteFile("a.csv", None, "")


@pytest.mark.parametrize(
    ("error", "words", "again"),
    [
        (ftplib.error_perm("550 no such\r\nfile"), "550 no such", False),  # noqa: S321
        (ftplib.error_temp("421 too many users"), "421 too many", True),  # noqa: S321
        (ftplib.error_proto("hello"), "hello", True),  # noqa: S321
        (EOFError(), "it hung up", True),
        (TimeoutError(), "does not answer", True),
        (ValueError("an illegal newline"), "letters that FTP cannot say", False),
    ],
)
def test_what_a_server_refuses_is_told_and_what_broke_is_tried_again(
    error: Exception, words: str, *, again: bool
) -> None:
    with pytest.raises(SourceError) as caught:
        _refuse("ftps://example.org", "a.csv", error)

    assert words in str(caught.value)
    assert caught.value.next_step
    assert isinstance(caught.value, ConnectionLostError) is again
