"""Where prompts come from: recorded, kept, spoken; and what happens when each is broken."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from core.text import say
from speech.prompts import PROCESSES, Prompts, unusable
from speech.sound import RATE, Samples, from_alaw, speech_level_db
from speech.speak import SpeechFault, Voice
from tests.speech.conftest import Program
from tests.speech.waves import pcm, wav

WELCOME = say("accueil.bienvenue")
WORDS = "Bonjour, vous êtes à Allo Solidarités."

pytestmark = pytest.mark.asyncio


def prompts(tmp_path: Path, command: tuple[str, ...], deadline_s: float = 8.0) -> Prompts:
    return Prompts(
        cache=tmp_path / "cache",
        recordings=tmp_path / "prompts",
        voices={"fr": Voice()},
        command=command,
        deadline_s=deadline_s,
    )


def heard(path: Path) -> Samples:
    return from_alaw(path.with_name(f"{path.name}.alaw").read_bytes())


def record(tmp_path: Path, content: bytes, key: str = "accueil.bienvenue") -> Path:
    file = tmp_path / "prompts" / "fr" / f"{key}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def kept_in(tmp_path: Path) -> list[str]:
    return sorted(file.name for file in tmp_path.glob("cache/*"))


def voice_of(hertz: int, rate: int, seconds: float = 2.0) -> Samples:
    return (0.1 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


async def test_the_second_time_no_process_runs(tmp_path: Path, counting: tuple[tuple[str, ...], Path]) -> None:
    command, starts = counting
    first = await prompts(tmp_path, command).prepare(WELCOME, WORDS, "fr")
    again = await prompts(tmp_path, command).prepare(WELCOME, WORDS, "fr")
    assert (first.kept, again.kept) == (False, True)
    assert first.path == again.path
    assert heard(first.path).size > RATE
    assert starts.read_text() == "start\n"
    assert kept_in(tmp_path) == [f"{first.path.name}.alaw"]


async def test_other_words_another_voice_or_pace_make_another_file(tmp_path: Path, real: tuple[str, ...]) -> None:
    paths = set()
    for words, voice in (
        (WORDS, Voice()),
        (WORDS + " Oui.", Voice()),
        (WORDS, Voice(pace=180)),
        (WORDS, Voice(name="fr+f2")),
    ):
        made = Prompts(cache=tmp_path / "cache", recordings=None, voices={"fr": voice}, command=real)
        paths.add((await made.prepare(WELCOME, words, "fr")).path)
    assert len(paths) == 4


async def test_ten_callers_who_need_one_prompt_start_one_process(
    tmp_path: Path, counting: tuple[tuple[str, ...], Path]
) -> None:
    command, starts = counting
    ours = prompts(tmp_path, command)
    found = await asyncio.gather(*(ours.prepare(WELCOME, WORDS, "fr") for _ in range(10)))
    assert len({one.path for one in found}) == 1
    assert starts.read_text() == "start\n"


async def test_no_more_processes_than_allowed_run_at_once(
    tmp_path: Path, program: Program, real: tuple[str, ...]
) -> None:
    running, most = tmp_path / "running", tmp_path / "most"
    running.mkdir()
    most.mkdir()
    source = (
        "import os, subprocess, sys, time\n"
        f"mine = os.path.join({str(running)!r}, str(os.getpid()))\n"
        "open(mine, 'w').close()\n"
        f"count = len(os.listdir({str(running)!r}))\n"
        f"open(os.path.join({str(most)!r}, str(count)), 'w').close()\n"
        "until = time.monotonic() + 5\n"
        f"while not os.path.exists(os.path.join({str(most)!r}, '{PROCESSES}')) and time.monotonic() < until:\n"
        "    os.sched_yield()\n"
        f"code = subprocess.run({list(real)!r} + sys.argv[1:]).returncode\n"
        "os.unlink(mine)\n"
        "sys.exit(code)\n"
    )
    ours = prompts(tmp_path, program(source))
    await asyncio.gather(*(ours.prepare(say(f"texte.{n}"), f"texte {n}", "fr") for n in range(8)))
    assert max(int(file.name) for file in most.iterdir()) == PROCESSES


async def test_a_person_s_voice_comes_first(tmp_path: Path) -> None:
    record(tmp_path, wav(pcm(voice_of(440, 44_100), 16), rate=44_100))
    found = await prompts(tmp_path, ("/no/such/program",)).prepare(WELCOME, WORDS, "fr")
    assert found.source == "recorded"
    samples = heard(found.path)
    assert samples.size / RATE == pytest.approx(2.0, abs=0.01)
    assert speech_level_db(samples) == pytest.approx(-19, abs=0.5)
    assert np.argmax(np.abs(np.fft.rfft(samples))) / 2 == pytest.approx(440, abs=1)


async def test_a_new_recording_is_heard_at_once(tmp_path: Path) -> None:
    ours = prompts(tmp_path, ("/no/such/program",))
    record(tmp_path, wav(pcm(voice_of(440, 8_000), 16)))
    first = await ours.prepare(WELCOME, WORDS, "fr")
    record(tmp_path, wav(pcm(voice_of(880, 8_000), 16)))
    second = await ours.prepare(WELCOME, WORDS, "fr")
    assert first.path != second.path


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"not a wav", "n'est pas un fichier WAV"), (wav(b""), "aucun son"), (wav(bytes(10), rate=9), "9 Hz")],
)
async def test_a_broken_recording_is_told_and_synthesis_speaks(
    tmp_path: Path, real: tuple[str, ...], content: bytes, reason: str
) -> None:
    record(tmp_path, content)
    found = await prompts(tmp_path, real).prepare(WELCOME, WORDS, "fr")
    assert found.source == "synthesised"
    assert heard(found.path).size > RATE
    assert found.fault.startswith("fr/accueil.bienvenue.wav : ")
    assert reason in found.fault
    assert unusable(tmp_path / "prompts", ("fr",)) == [found.fault]


async def test_a_recording_that_is_a_pipe_does_not_hold_us(tmp_path: Path, real: tuple[str, ...]) -> None:
    record(tmp_path, b"").unlink()
    os.mkfifo(tmp_path / "prompts/fr/accueil.bienvenue.wav")
    found = await prompts(tmp_path, real).prepare(WELCOME, WORDS, "fr")
    assert found.source == "synthesised"
    assert "pas un fichier ordinaire" in found.fault


async def test_a_text_with_a_place_is_never_a_recording(tmp_path: Path, real: tuple[str, ...]) -> None:
    record(tmp_path, wav(pcm(voice_of(440, 8_000), 16)), "attente.position")
    ours = prompts(tmp_path, real)
    three = await ours.prepare(say("attente.position", position="3"), "Vous êtes en position 3.", "fr")
    four = await ours.prepare(say("attente.position", position="4"), "Vous êtes en position 4.", "fr")
    assert three.source == four.source == "synthesised"
    assert three.path != four.path


@pytest.mark.parametrize("key", ["../../secret", "/etc/secret", "a/b", "..", "", "a\0b", "é"])
async def test_no_key_reaches_another_folder(tmp_path: Path, real: tuple[str, ...], key: str) -> None:
    (tmp_path / "secret.wav").write_bytes(wav(pcm(voice_of(440, 8_000), 16)))
    found = await prompts(tmp_path, real).prepare(say(key), WORDS, "fr")
    assert found.source == "synthesised"
    assert found.path.parent == tmp_path / "cache"


async def test_a_language_without_a_voice_is_a_fault(tmp_path: Path, real: tuple[str, ...]) -> None:
    with pytest.raises(SpeechFault, match="aucune voix pour la langue « en »"):
        await prompts(tmp_path, real).prepare(WELCOME, WORDS, "en")


async def test_words_that_say_nothing_are_a_short_silence(tmp_path: Path) -> None:
    found = await prompts(tmp_path, ("/no/such/program",)).prepare(WELCOME, "…", "fr")
    assert heard(found.path).size == RATE // 10
    assert not np.any(np.abs(heard(found.path)) > 0.001)


async def test_an_empty_file_left_by_a_power_cut_is_made_again(tmp_path: Path, real: tuple[str, ...]) -> None:
    ours = prompts(tmp_path, real)
    first = await ours.prepare(WELCOME, WORDS, "fr")
    first.path.with_name(f"{first.path.name}.alaw").write_bytes(b"")
    again = await ours.prepare(WELCOME, WORDS, "fr")
    assert not again.kept
    assert heard(again.path).size > RATE


async def test_after_a_failure_the_next_attempt_makes_it(
    tmp_path: Path, program: Program, real: tuple[str, ...]
) -> None:
    with pytest.raises(SpeechFault):
        await prompts(tmp_path, program("import sys; sys.exit(1)")).prepare(WELCOME, WORDS, "fr")
    assert kept_in(tmp_path) == []
    assert not (await prompts(tmp_path, real).prepare(WELCOME, WORDS, "fr")).kept


async def test_silence_lasts_what_is_asked(tmp_path: Path) -> None:
    ours = prompts(tmp_path, ("/no/such/program",))
    one, two = await asyncio.gather(ours.silence(400), ours.silence(400))
    assert one == two
    assert heard(one).size == 3_200
