"""`./allo understand improve`, as it is typed: a file is written, read by a person, and learnt from."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.settings import load
from runtime.settings.topics import load_examples
from speech.understand.improve import Corrections
from speech.understand.topics import Example
from tests import commands
from tests.runtime.test_understand import learnt_once

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration of its own, and two agents' corrections."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    learnt_once(tmp_path)
    kept = Corrections(tmp_path / "run" / "corrections.jsonl", load(tmp_path / "config").settings.topics)
    now_ms = time.time_ns() // 1_000_000
    for said in ("je viens pour le papier bleu de la voiture", "c'est le papier bleu du parking"):
        assert kept.note(said, was="hors_perimetre", topic="cmi", at_ms=now_ms)
    return tmp_path


def allo(home: Path, *typed: str) -> subprocess.CompletedProcess[str]:
    return commands.allo(home, "understand", "improve", "--config", "config", *typed)


def test_a_file_is_written_judged_and_learnt_with_author_and_date(home: Path) -> None:
    written = allo(home, "--write", "relire.jsonl")
    assert (written.returncode, written.stderr) == (0, "")
    proposals = [json.loads(line) for line in (home / "relire.jsonl").read_text("utf-8").splitlines()]
    assert {one["topic"] for one in proposals} == {"cmi"}
    assert all(one["keep"] is None for one in proposals)
    judged = [{**one, "keep": "parking" in one["text"]} for one in proposals]
    (home / "relire.jsonl").write_text("".join(json.dumps(one) + "\n" for one in judged))
    anonymous = allo(home, "--read", "relire.jsonl")
    assert (anonymous.returncode, "--by" in anonymous.stderr) == (1, True)
    learnt = allo(home, "--read", "relire.jsonl", "--by", "Sofia Benali")
    assert (learnt.returncode, learnt.stdout.startswith("1 phrase(s)")) == (0, True), learnt.stderr
    text = (home / "config" / "examples" / "appris.yaml").read_text("utf-8")
    assert 'by: "Sofia Benali", on: 20' in text
    topics = load(home / "config").settings.topics
    assert Example("c'est le papier bleu du parking", "cmi") in load_examples(home / "config", topics)
    assert "Rien à proposer" in allo(home, "--write", "encore.jsonl").stdout
    again = allo(home, "--read", "relire.jsonl", "--by", "Sofia Benali")
    assert again.stdout.startswith("0 phrase(s)")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"text": "mon mari me tape", "topic": "violences_conjugales", "keep": true}', "thème protégé"),
        ('{"text": "je suis madame Lefevre", "topic": "cmi", "keep": true}', "contient un nom"),
        ('{"text": "un papier", "topic": "cmj", "keep": true}', "n'existe pas"),
        ('{"text": "", "topic": "cmi", "keep": true}', "doit être une phrase"),
        ("[]", "attendu"),
    ],
)
def test_a_bad_file_teaches_nothing(home: Path, line: str, told: str) -> None:
    (home / "relire.jsonl").write_text('{"text": "un papier bleu", "topic": "cmi", "keep": true}\n' + line + "\n")
    answer = allo(home, "--read", "relire.jsonl", "--by", "Sofia Benali")
    assert answer.returncode == 1
    assert answer.stderr.startswith("relire.jsonl:2: ")
    assert told in answer.stderr
    assert not (home / "config" / "examples" / "appris.yaml").exists()


def test_without_a_keyboard_it_says_what_to_do(home: Path) -> None:
    answer = allo(home)
    assert (answer.returncode, "--write" in answer.stderr) == (1, True)


class Keyboard:
    """The command at a terminal of its own: what it shows is awaited before anything is typed."""

    def __init__(self, home: Path, *typed: str) -> None:
        ours, theirs = pty.openpty()
        # Whoever runs the tests in the background has made them deaf to Ctrl-C, and all that they start.
        hears = ("env", "--default-signal=INT")
        command = [*hears, sys.executable, "-P", "-m", "runtime", "understand", "improve", "--config", "config", *typed]
        surroundings = {**os.environ, "ALLO_HOME": str(home), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, env=surroundings, start_new_session=True
        )
        os.close(theirs)
        self._ours = ours
        self._shown = b""

    def shows(self, words: str, patience_s: float = 120.0) -> str:
        """Waits for these words; what was shown since the last ones."""
        until = time.monotonic() + patience_s
        while words.encode() not in self._shown:
            if not select.select([self._ours], [], [], max(0.0, until - time.monotonic()))[0]:
                raise AssertionError(f"never shown: {words}; but: {self._shown.decode('utf-8', 'replace')}")
            try:
                self._shown += os.read(self._ours, 65_536)
            except OSError:  # a terminal whose other end is closed
                raise AssertionError(f"ended before: {words}; {self._shown.decode('utf-8', 'replace')}") from None
        shown, _, self._shown = self._shown.partition(words.encode())
        return shown.decode("utf-8", "replace")

    def types(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def ends(self) -> int:
        try:
            return self.process.wait(timeout=120)
        finally:
            os.close(self._ours)


def test_at_the_keyboard_each_sentence_is_asked_and_what_was_agreed_to_is_learnt(home: Path) -> None:
    keyboard = Keyboard(home)
    keyboard.shows("Votre nom")
    keyboard.types("Sofia Benali")
    first = keyboard.shows("[q]uitter")
    keyboard.types("o")
    keyboard.shows("[q]uitter")
    keyboard.types("n")
    keyboard.shows("1 phrase(s) apprise(s)")
    assert keyboard.ends() == 0
    kept = next(said for said in ("du parking", "de la voiture") if said in first)
    learnt = (home / "config" / "examples" / "appris.yaml").read_text("utf-8")
    assert kept in learnt
    assert 'by: "Sofia Benali"' in learnt
    assert "Rien à proposer" in allo(home, "--write", "encore.jsonl").stdout


def test_whoever_quits_decided_nothing_of_the_rest(home: Path) -> None:
    keyboard = Keyboard(home, "--by", "Sofia Benali")
    keyboard.shows("[q]uitter")
    keyboard.types("q")
    keyboard.shows("0 phrase(s) apprise(s)")
    assert keyboard.ends() == 0
    assert not (home / "config" / "examples" / "appris.yaml").exists()
    assert "2 phrase(s)" in allo(home, "--write", "relire.jsonl").stdout


def test_ctrl_c_at_the_keyboard_learns_nothing(home: Path) -> None:
    keyboard = Keyboard(home, "--by", "Sofia Benali")
    keyboard.shows("[q]uitter")
    keyboard.types("o")
    keyboard.shows("[q]uitter")
    os.killpg(keyboard.process.pid, signal.SIGINT)
    assert keyboard.ends() != 0
    assert not (home / "config" / "examples" / "appris.yaml").exists()
