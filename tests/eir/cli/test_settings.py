import json

from tests.eir.running import Shell


def test_a_good_file_is_said_to_be_good(shell: Shell) -> None:
    found = shell.eir("check-config")
    assert (found.returncode, found.stdout) == (0, f"{shell.config}: good\n")


def test_every_wrong_key_is_named_at_once(shell: Shell) -> None:
    shell.configure('[decision]\non_failure = "prohibited"\ncolour = 1\n')
    found = shell.eir("check-config")
    assert found.returncode == 78
    assert "decision.on_failure: nobody is cut off" in found.stderr
    assert "decision.colour: unknown key" in found.stderr


def test_every_setting_is_printed_as_json(shell: Shell) -> None:
    settings = json.loads(shell.eir("check-config", "--json").stdout)
    assert settings["store"]["path"] == str(shell.store)
    assert settings["decision"]["unlisted"] == "permitted"


def test_the_option_wins_over_the_environment(shell: Shell) -> None:
    other = shell.directory / "other.toml"
    other.write_text("[log]\n")
    assert shell.eir("--config", str(other), "check-config").stdout == f"{other}: good\n"


def test_a_file_that_is_not_there_is_78(shell: Shell) -> None:
    found = shell.eir("--config", "/nowhere/eir.toml", "check-config")
    assert found.returncode == 78
    assert "/nowhere/eir.toml" in found.stderr


def test_a_wrong_configuration_stops_every_command(shell: Shell) -> None:
    shell.configure("[unknown]\n")
    for arguments in (("check", "1"), ("lists", "stats"), ("check-config",)):
        assert shell.eir(*arguments).returncode == 78
