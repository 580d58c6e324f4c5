"""Words through the real espeak-ng, and through synthesisers that crash, hang, flood or lie."""

from __future__ import annotations

import asyncio
import os
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.sound import PEAK_DB, RATE, SPEECH_DB, db, speech_level_db
from speech.speak import WORDS_CHARACTERS, SpeechFault, Voice, command_of, neutral, speak
from tests.speech.conftest import Program

FR = Voice()
WELCOME = "Bonjour. Vous êtes bien à Allo Solidarités. Un assistant automatique vous répond."

pytestmark = pytest.mark.asyncio


async def test_speech_has_the_level_of_the_telephone(real: tuple[str, ...]) -> None:
    samples = await speak(WELCOME, FR, real)
    assert samples.dtype == np.float32
    assert speech_level_db(samples) == pytest.approx(SPEECH_DB, abs=0.5)
    assert db(float(np.abs(samples).max())) < PEAK_DB


async def test_speech_is_slow(real: tuple[str, ...]) -> None:
    """150 words a minute: these 12 words in 4.8 s and the pauses of three sentences."""
    slow, fast = await speak(WELCOME, FR, real), await speak(WELCOME, Voice(pace=250), real)
    assert 4 < slow.size / RATE < 8
    assert fast.size < 0.8 * slow.size


async def test_nothing_to_say_needs_no_process() -> None:
    for words in ("", " ", "...", "\x01\x02", "[[]]"):
        assert (await speak(words, FR, ("/no/such/program",))).size == 0


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("bonjour \x01200S madame", "bonjour 200S madame"),
        ("bonjour [[b'O~ZuR]] madame", "bonjour b'O~ZuR madame"),
        ('bonjour <break time="9s"/> madame', 'bonjour break time="9s"/ madame'),
        ("bonjour\r\nmadame\0", "bonjour madame"),
        ("bonjour\u202e madame\u2028", "bonjour madame"),
    ],
)
async def test_orders_hidden_in_words_are_spoken_as_words(real: tuple[str, ...], hostile: str, plain: str) -> None:
    assert np.array_equal(await speak(hostile, FR, real), await speak(plain, FR, real))


@pytest.mark.parametrize("words", ["-f /etc/passwd", "--version", "$(reboot) `reboot`", "\"'; reboot #", "%s%n"])
async def test_words_are_never_part_of_a_command_line(program: Program, tmp_path: Path, words: str) -> None:
    seen = tmp_path / "seen.txt"
    source = f"import sys\nopen({str(seen)!r}, 'w').write(repr((sys.argv[1:], sys.stdin.read())))\nsys.exit(1)\n"
    with pytest.raises(SpeechFault):
        await speak(words, FR, program(source))
    arguments, line = eval(seen.read_text())  # our own repr, of strings only
    assert arguments == ["--stdin", "--stdout", "-b", "1", "-v", "fr", "-s", "150"]
    assert line == neutral(words) + "\n"


async def test_hostile_words_are_still_heard(real: tuple[str, ...]) -> None:
    for words in ("-f /etc/passwd", "--version", "« L'été », l'\"œuvre\"…", "<speak>un</speak>"):
        assert (await speak(words, FR, real)).size > RATE // 4


async def test_ten_thousand_characters_are_cut_to_what_is_waited_for(real: tuple[str, ...]) -> None:
    samples = await speak("solidarité " * 1_000, FR, real)
    assert 30 < samples.size / RATE < 180


@given(st.text(max_size=3_000))
async def test_law_neutral_words_hold_no_order(words: str) -> None:
    line = neutral(words)
    assert len(line) <= WORDS_CHARACTERS
    assert not set(line) & set("[]<>{}\\|`")
    assert all(letter == " " or unicodedata.category(letter)[0] not in "CZ" for letter in line)
    assert neutral(line) == line


async def test_a_synthesiser_that_is_not_there_is_named() -> None:
    with pytest.raises(SpeechFault, match=r"introuvable.*espeak-zz.*installez") as caught:
        await speak(WELCOME, FR, command_of({"ALLO_ESPEAK": "/nowhere/espeak-zz --quiet"}))
    assert not caught.value.retryable


async def test_a_crash_is_told_with_its_code_and_words(program: Program) -> None:
    with pytest.raises(SpeechFault, match="code 3 : plus de voix") as caught:
        await speak(WELCOME, FR, program("import sys\nprint('plus de\\nvoix', file=sys.stderr)\nsys.exit(3)"))
    assert not caught.value.retryable


async def test_a_death_by_signal_is_a_fault(program: Program) -> None:
    with pytest.raises(SpeechFault, match="code -11"):
        await speak(WELCOME, FR, program("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"))


async def test_an_unknown_voice_is_a_fault(real: tuple[str, ...]) -> None:
    with pytest.raises(SpeechFault):
        await speak(WELCOME, Voice(name="zz"), real)


async def test_something_else_than_sound_is_a_fault(program: Program) -> None:
    with pytest.raises(SpeechFault, match="n'a pas rendu de son"):
        await speak(WELCOME, FR, program("print('bonjour')"))
    with pytest.raises(SpeechFault, match="n'a pas rendu de son"):
        await speak(WELCOME, FR, program("pass"))


async def test_a_hang_ends_at_the_deadline_and_leaves_nobody(program: Program, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    source = f"import os, signal\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\nsignal.alarm(60)\nsignal.pause()"
    began = time.monotonic()
    with pytest.raises(SpeechFault, match="pas répondu en 2 s") as caught:
        await speak(WELCOME, FR, program(source), deadline_s=2.0)
    assert time.monotonic() - began < 6
    assert caught.value.retryable
    assert gone(int(pid.read_text()))


async def test_a_child_left_behind_does_not_hold_us(program: Program, tmp_path: Path) -> None:
    """A wrapper that dies while what it started keeps our pipe open."""
    pid = tmp_path / "pid"
    source = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.alarm(60); signal.pause()'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\n"
    )
    with pytest.raises(SpeechFault, match="pas répondu"):
        await speak(WELCOME, FR, program(source), deadline_s=2.0)
    assert gone(int(pid.read_text()))


async def test_a_flood_is_stopped(program: Program) -> None:
    source = "import sys\nwhile True: sys.stdout.buffer.write(bytes(1_000_000))"
    with pytest.raises(SpeechFault, match="sans fin"):
        await speak(WELCOME, FR, program(source), deadline_s=20)


async def test_a_flood_of_complaints_does_not_block(program: Program) -> None:
    source = "import sys\nfor _ in range(3_000): sys.stderr.write('x' * 1_000)\nsys.exit(4)"
    with pytest.raises(SpeechFault, match="code 4") as caught:
        await speak(WELCOME, FR, program(source))
    assert len(str(caught.value)) < 400


async def test_a_synthesiser_that_does_not_listen_is_no_fault_of_the_pipe(program: Program) -> None:
    with pytest.raises(SpeechFault, match="code 5"):
        await speak("mot " * 400, FR, program("import os, sys\nos.close(0)\nsys.exit(5)"))


async def test_giving_up_ends_the_process(program: Program, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    source = f"import os, signal\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\nsignal.alarm(60)\nsignal.pause()"
    task = asyncio.create_task(speak(WELCOME, FR, program(source), deadline_s=30))
    assert await asyncio.to_thread(written, pid)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(int(pid.read_text()))


async def test_secrets_do_not_reach_the_process(program: Program, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    source = f"import os, sys\nopen({str(seen)!r}, 'w').write(' '.join(os.environ))\nsys.exit(1)"
    os.environ["ALLO_AMI_SECRET"] = "x"
    try:
        with pytest.raises(SpeechFault):
            await speak(WELCOME, FR, program(source))
    finally:
        del os.environ["ALLO_AMI_SECRET"]
    assert "SECRET" not in seen.read_text()
    assert "PATH" in seen.read_text()


async def test_the_command_is_quoted_as_for_a_shell() -> None:
    assert command_of({}) == ("espeak-ng",)
    assert command_of({"ALLO_ESPEAK": "ld.so --library-path '/a b' espeak-ng"}) == (
        "ld.so",
        "--library-path",
        "/a b",
        "espeak-ng",
    )


def written(file: Path, within_s: float = 10.0) -> bool:
    """Whether the file comes to hold something in time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if file.exists() and file.read_text():
            return True
        time.sleep(0.01)
    return False


def gone(pid: int, within_s: float = 3.0) -> bool:
    """Whether the process ends in time; one that waits to be collected by its new parent counts as ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False
