"""Music on hold: quieter than speech, joined without a click, made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speech.music import LEVEL_DB, compose, write_music
from speech.sound import RATE, db, from_alaw


def test_it_is_quiet_and_in_the_telephone_band() -> None:
    sound = compose()
    assert db(float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))) == pytest.approx(LEVEL_DB, abs=0.1)
    assert db(float(np.abs(sound).max())) < -8
    assert 30 < sound.size / RATE < 60
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(sound.size, 1 / RATE)
    assert power[(hertz > 100) & (hertz < 3_400)].sum() > 0.99 * power.sum()


def test_its_end_joins_its_beginning_without_a_click() -> None:
    sound = compose()
    steps = np.abs(np.diff(np.concatenate([sound[-200:], sound[:200]])))
    assert steps[199] <= np.abs(np.diff(sound)).max()
    assert abs(float(sound[-1] - sound[0])) < 0.02


def test_it_is_never_silent_for_long() -> None:
    sound = compose()
    seconds = sound[: sound.size // RATE * RATE].reshape(-1, RATE)
    assert db(float(np.sqrt((seconds**2).mean(axis=1).min()))) > LEVEL_DB - 15


def test_it_is_made_once(tmp_path: Path) -> None:
    file = write_music(tmp_path / "music")
    made = file.stat().st_mtime_ns
    assert write_music(tmp_path / "music") == file
    assert file.stat().st_mtime_ns == made
    assert from_alaw(file.read_bytes()).size == compose().size
    assert [found.name for found in file.parent.iterdir()] == ["attente.alaw"]
