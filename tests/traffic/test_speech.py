"""Spoken French, with a stand-in for espeak-ng (and the real one where it is installed)."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import vosk

from speech.test_model.build import BUILT
from speech.test_model.measure import recognised
from tests.traffic.private_asterisk import commands
from traffic.errors import NoSpeech
from traffic.sound import decode_alaw, goertzel, level_dbfs, tone
from traffic.speech import speak, spelled

# Writes what espeak-ng writes to a pipe: a header with placeholder sizes, then a 1 kHz tone, as
# many tenths of a second as there are bytes on its standard input.  Counts its runs in a file.
STAND_IN = """
import math, struct, sys
text = sys.stdin.buffer.read()
open(sys.argv[1], "a").write("x")
rate = 22050
sound = [int(16000 * math.sin(2 * math.pi * 1000 * n / rate)) for n in range(len(text) * rate // 10)]
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0x7FFFF024, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16,
                   b"data", 0x7FFFF000)
sys.stdout.buffer.write(head + struct.pack("<%dh" % len(sound), *sound))
"""


def stand_in(folder: Path, code: str = STAND_IN) -> str:
    script = folder / "it's espeak.py"
    script.write_text(code)
    return shlex.join([sys.executable, str(script), str(folder / "runs")])


async def test_text_becomes_telephone_sound_once(tmp_path: Path) -> None:
    command = stand_in(tmp_path)
    alaw = await speak("Allô", command, cache_dir=tmp_path / "cache")
    assert len(alaw) == 4000, "five bytes of UTF-8: half a second"
    assert goertzel(decode_alaw(alaw), 1000) == pytest.approx(-9.3, abs=0.3)
    assert await speak("Allô", command, cache_dir=tmp_path / "cache") == alaw
    assert (tmp_path / "runs").read_text() == "x"
    await speak("Allô", command, voice="fr-be", cache_dir=tmp_path / "cache")
    assert (tmp_path / "runs").read_text() == "xx"


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("import sys; sys.exit('no voice')", "was 1: no voice"),
        ("print('no sound')", "gave no WAV"),
    ],
)
async def test_why_there_is_no_speech_is_said(tmp_path: Path, code: str, complaint: str) -> None:
    with pytest.raises(NoSpeech, match=complaint):
        await speak("Allô", stand_in(tmp_path, code), cache_dir=tmp_path)


async def test_an_absent_command_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoSpeech, match="cannot be started, was '/no/espeak'"):
        await speak("Allô", "/no/espeak", cache_dir=tmp_path)


async def test_the_real_espeak_speaks(tmp_path: Path) -> None:
    tools = commands()
    if tools is None or "ALLO_ESPEAK" not in tools:
        pytest.fail("espeak-ng is not installed here: run ./allo once")
    alaw = await speak("Bonjour, je voudrais un rendez-vous.", tools["ALLO_ESPEAK"], cache_dir=tmp_path)
    assert 1.0 < len(alaw) / 8000 < 5.0
    assert -35 < level_dbfs(decode_alaw(alaw)) < -5


def test_acronyms_are_said_as_callers_say_them() -> None:
    assert spelled("Mon RSA et la PMI, pas l'APA.") == "Mon èr esse a et la pé èm i, pas l'apa."
    assert (
        spelled("J'appelle la CAF à Nanterre. Y a-t-il un RDV ?")
        == "J'appelle la caf à Nanterre. Y a-t-il un èr dé vé ?"
    )


@pytest.mark.parametrize(
    "words",
    [
        "Bonjour, j'appelle pour mon RSA.",
        "Je voudrais un rendez-vous à la PMI pour mon bébé.",
        "Non, quarante-six.",
        "J'ai peur, mon mari me frappe.",
        "Un conseiller.",
        "Oui.",
    ],
)
async def test_what_is_said_is_heard_by_the_test_model(words: str, tmp_path: Path) -> None:
    sound = np.concatenate(
        [tone(50, 0.3, -70), decode_alaw(await speak(words, cache_dir=tmp_path)), tone(50, 0.3, -70)]
    )
    wanted = re.sub(r"[,.]", "", words.lower()).replace("quarante-six", "quarante six")
    assert recognised(vosk.Model(str(BUILT)), sound.tobytes()) == wanted
