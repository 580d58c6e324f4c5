"""The command line as a person meets it: help in French, faults with their remedy, exit statuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = (
    *("up", "demo", "call", "test", "bench", "check", "trace", "tasks", "callbacks", "phones", "password", "doctor"),
    *("hours", "service", "audit", "backup", "restore", "upgrade", "systemd", "speech"),
)


def allo(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs the product's command line with a run directory of its own."""
    environment = {**os.environ, "ALLO_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "runtime", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command_in_french(tmp_path: Path) -> None:
    said = allo("--help", home=tmp_path)
    assert said.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in said.stdout
    assert "centre de contacts" in said.stdout


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("runtime.__main__", ("aiohttp", "alembic", "fastapi", "numpy", "pydantic", "rich", "ruamel", "sqlalchemy")),
        ("runtime.up", ("alembic", "fastapi", "uvicorn", "vosk")),  # a centre in files, or a part without pages
    ],
)
def test_nobody_waits_for_what_they_do_not_use(module: str, heavy: tuple[str, ...]) -> None:
    look = f"import sys; import {module}; print(*(name for name in {heavy!r} if name in sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.split() == []


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "test"])
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    said = allo(command, "--help", home=tmp_path)
    assert said.returncode == 0
    assert f"Usage: ./allo {command}" in said.stdout


def test_check_describes_a_good_configuration(tmp_path: Path) -> None:
    said = allo("check", home=tmp_path)
    assert said.returncode == 0
    assert "Hauts-de-Seine" in said.stdout


def test_check_tells_every_fault_and_where_and_starts_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    for file, right, wrong in (
        ("services", "script: accueil", "script: acceuil"),
        ("queues", "offer: 20s", "offer: vingt"),
    ):
        text = (config / f"{file}.yaml").read_text()
        assert right in text
        (config / f"{file}.yaml").write_text(text.replace(right, wrong, 1))
    for command in (("check", str(config)), ("up", "--config", str(config)), ("demo", "--config", str(config))):
        said = allo(*command, home=tmp_path / "home")
        assert said.returncode == 1
        lines = said.stderr.splitlines()
        assert any(line.startswith("services.yaml:") and "accueil" in line for line in lines)
        assert any(line.startswith("queues.yaml:") and "vingt" in line for line in lines)
        assert not (tmp_path / "home" / "run" / "asterisk").exists()


def test_an_unknown_option_is_refused_with_status_two(tmp_path: Path) -> None:
    assert allo("demo", "--cals", "5", home=tmp_path).returncode == 2
    assert allo("demo", "--calls", "0", home=tmp_path).returncode == 2


def test_trace_before_the_first_start_says_how_to_begin(tmp_path: Path) -> None:
    said = allo("trace", home=tmp_path)
    assert said.returncode == 1
    assert "./allo up" in said.stderr
    assert "Traceback" not in said.stderr


def test_call_before_the_first_start_says_how_to_begin(tmp_path: Path) -> None:
    said = allo("call", home=tmp_path)
    assert said.returncode == 1
    assert "./allo up" in said.stderr


def test_a_number_that_is_none_is_refused_before_anything_is_called(tmp_path: Path) -> None:
    said = allo("call", "--number", "mairie", home=tmp_path)
    assert said.returncode == 1
    assert "01 99 00 10 00" in said.stderr


def test_doctor_says_what_is_there_as_text_and_as_json(tmp_path: Path) -> None:
    said = allo("doctor", "--json", home=tmp_path)
    findings = {finding["what"]: finding for finding in json.loads(said.stdout)}
    assert findings["python"]["said"].startswith("3.")
    assert findings["configuration"]["remedy"] == ""
    assert findings["asterisk"]["remedy"] == ""
    assert "python" in allo("doctor", home=tmp_path).stdout


def test_doctor_trunk_says_how_to_open_the_centre_when_it_is_closed(tmp_path: Path) -> None:
    run = allo("doctor", "trunk", home=tmp_path)
    assert run.returncode == 1
    assert "./allo up" in run.stdout
    assert allo("doctor", "lignes", home=tmp_path).returncode == 2


def test_doctor_names_the_remedy_for_a_program_that_is_missing(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "ALLO_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "ALLO_ASTERISK": "/nowhere/asterisk",
    }
    said = subprocess.run(
        [sys.executable, "-m", "runtime", "doctor"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 1
    assert "✗ asterisk" in said.stdout
    assert "→" in said.stdout


def test_phones_gives_each_telephone_its_password_and_the_same_one_again(tmp_path: Path) -> None:
    first, again = allo("phones", home=tmp_path), allo("phones", home=tmp_path)
    assert first.returncode == 0
    assert first.stdout == again.stdout
    assert "Claire Aubry" in first.stdout


def test_bench_without_a_name_lists_the_benches(tmp_path: Path) -> None:
    said = allo("bench", home=tmp_path)
    assert said.returncode == 0
    assert said.stdout.split(": ")[1].split() == [
        "acd,",
        "journal,",
        "kernel,",
        "speech,",
        "understand,",
        "voice,",
        "webhooks",
    ]
    assert "--quick" in allo("bench", "voice", "--", "--help", home=tmp_path).stdout
    assert allo("bench", "nothing", home=tmp_path).returncode == 1


def test_a_password_is_read_from_the_input_and_never_shown(tmp_path: Path) -> None:
    environment = {**os.environ, "ALLO_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "runtime", "password", "claire.aubry"]
    said = subprocess.run(
        words, env=environment, input="quatre mots sans lien\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert (said.returncode, "quatre" in said.stdout + said.stderr) == (0, False)
    assert "$argon2id$" in (tmp_path / "run" / "passwords.json").read_text()


@pytest.mark.parametrize(("name", "told"), [("personne", "claire.aubry"), ("claire.aubry", "quatre mots")])
def test_a_password_that_cannot_be_set_is_told_with_the_remedy(name: str, told: str, tmp_path: Path) -> None:
    environment = {**os.environ, "ALLO_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "runtime", "password", name]
    said = subprocess.run(
        words, env=environment, input="court\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 1
    assert told in said.stderr


def test_a_password_made_up_is_shown_once(tmp_path: Path) -> None:
    said = allo("password", "claire.aubry", "--make", home=tmp_path)
    assert said.returncode == 0
    assert said.stdout.startswith("Mot de passe de claire.aubry : ")
