"""Vosk, loaded for real with the trial model: each of its traps is stepped over."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from speech.engines.port import Engine, Recogniser
from speech.engines.vosk import VoskEngine
from speech.models import BadModel
from speech.sound import RATE, Doubler
from traffic.sound import decode_alaw
from traffic.speech import speak

MODEL = Path(__file__).parents[3] / "speech/test_model/built"
SENTENCE = "je voudrais parler à un conseiller"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return VoskEngine(MODEL)


async def sound(text: str) -> bytes:
    said = decode_alaw(await speak(text)).astype("<i2")
    return np.concatenate([np.zeros(2_400, "<i2"), said, np.zeros(4_000, "<i2")]).tobytes()


def hears(recogniser: Recogniser, sound: bytes, chunk: int = 1_600) -> list[str]:
    return [recogniser.hear(sound[at : at + chunk]) for at in range(0, len(sound), chunk)]


async def test_a_sentence_is_heard_word_by_word(engine: Engine) -> None:
    recogniser = engine.recogniser()
    partials = hears(recogniser, await sound(SENTENCE))
    heard = recogniser.end()
    assert heard.words == SENTENCE
    assert heard.confidence > 0.5
    assert any(SENTENCE.startswith(partial) and 0 < len(partial) < len(SENTENCE) for partial in partials)


async def test_words_before_a_pause_stand_before_those_after_it(engine: Engine) -> None:
    recogniser = engine.recogniser()
    once = await sound(SENTENCE)
    partials = hears(recogniser, once + bytes(2 * RATE * 2) + once)
    assert recogniser.end().words == f"{SENTENCE} {SENTENCE}"
    assert f"{SENTENCE} je voudrais" in " | ".join(partials)


async def test_a_grammar_hears_its_words_alone_and_nothing_else_is_forced_into_it(engine: Engine) -> None:
    assert engine.abilities.grammar
    only = ("oui", "non", "conseiller", "à")
    recogniser = engine.recogniser(only)
    hears(recogniser, await sound("oui"))
    assert recogniser.end().words == "oui"
    recogniser = engine.recogniser(("oui", "non"))
    hears(recogniser, await sound(SENTENCE))
    assert "oui" not in recogniser.end().words.split()


async def test_accents_in_a_grammar_are_heard(engine: Engine) -> None:
    recogniser = engine.recogniser(("à", "bientôt", "oui"))
    hears(recogniser, await sound("oui"))
    assert recogniser.end().words == "oui"


@pytest.mark.parametrize("only", [(), ("",), ("xyzzy",), ("xyzzy", "abracadabra")])
async def test_a_grammar_of_nothing_that_is_known_is_none(engine: Engine, only: tuple[str, ...]) -> None:
    recogniser = engine.recogniser(only)
    hears(recogniser, await sound(SENTENCE))
    assert recogniser.end().words == SENTENCE


def test_silence_and_noise_have_no_words(engine: Engine) -> None:
    for samples in (np.zeros(24_000), np.random.default_rng(1).standard_normal(24_000) * 300):
        recogniser = engine.recogniser()
        hears(recogniser, samples.astype("<i2").tobytes())
        heard = recogniser.end()
        assert not heard.words or heard.confidence < 0.9


async def test_a_model_at_16_khz_gets_sound_at_16_khz(tmp_path: Path) -> None:
    """The trial model made to think that it hears at 16 kHz: right or wrong, it must take every frame."""
    shutil.copytree(MODEL, tmp_path / "model")
    conf = tmp_path / "model/conf/mfcc.conf"
    conf.write_text(conf.read_text().replace("8000", "16000"))
    wide = VoskEngine(tmp_path / "model")
    assert wide.abilities.rate_hz == 16_000
    recogniser = wide.recogniser()
    hears(recogniser, await sound(SENTENCE))
    recogniser.end()


def test_what_is_no_model_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="n'existe pas"):
        VoskEngine(tmp_path / "absent")
    shutil.copytree(MODEL, tmp_path / "half")
    (tmp_path / "half/am/final.mdl").unlink()
    with pytest.raises(BadModel, match=r"am/final\.mdl"):
        VoskEngine(tmp_path / "half")
    shutil.copytree(MODEL, tmp_path / "torn")
    file = tmp_path / "torn/am/final.mdl"
    file.write_bytes(file.read_bytes()[:5_000])
    with pytest.raises(BadModel, match="ne peut pas charger"):
        VoskEngine(tmp_path / "torn")


def test_doubling_keeps_a_tone_a_tone_in_pieces_of_any_length() -> None:
    tone = (8_000 * np.sin(2 * np.pi * 1_000 * np.arange(8_000) / 8_000)).astype(np.int16)
    doubler = Doubler()
    pieces = [doubler.double(piece) for piece in np.array_split(tone, 37)]
    doubled = np.concatenate(pieces)
    assert doubled.size == 2 * tone.size
    spectrum = np.abs(np.fft.rfft(doubled[1_000:].astype(float)))
    hertz = np.fft.rfftfreq(doubled.size - 1_000, 1 / 16_000)
    assert hertz[spectrum.argmax()] == pytest.approx(1_000, abs=2)
    assert spectrum[np.abs(hertz - 7_000) < 20].max() < 0.01 * spectrum.max()
    assert np.array_equal(doubled, Doubler().double(tone))
