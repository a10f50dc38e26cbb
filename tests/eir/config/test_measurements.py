from pathlib import Path

import pytest

from eir.config import Measurements
from eir.errors import ConfigError
from tests.eir.config.reading import read


def test_without_a_word_about_it_a_month_is_kept_and_no_file_is_written() -> None:
    measurements = Measurements()
    assert (measurements.keep_days, measurements.directory) == (31, "")


def test_directory_and_periods_are_read(tmp_path: Path) -> None:
    text = '[measurements]\nkeep_days = 7\ndirectory = "/pm"\nperiods = ["5m", "1d"]\n'
    measurements = read(tmp_path, text).measurements
    assert (measurements.directory, measurements.periods) == ("/pm", ("5m", "1d"))


@pytest.mark.parametrize(
    ("key", "value"), [("keep_days", "6"), ("periods", '["2m"]'), ("directory", "1")]
)
def test_what_makes_no_sense_is_refused_by_its_name(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"measurements\.{key}"):
        read(tmp_path, f"[measurements]\n{key} = {value}\n")
