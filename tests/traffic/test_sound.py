"""A-law, tones, recognition, WAV."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.sound import (
    FLOOR_DBFS,
    FRAME,
    SILENCE,
    correlate,
    decode_alaw,
    encode_alaw,
    frames_of,
    goertzel,
    level_dbfs,
    read_wav,
    resample,
    strongest_tone,
    tone,
    tone_frames,
    tone_onset_ms,
)

GRID = range(500, 3200, 10)


def noise(count: int, level: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, count).astype(np.int16)


def test_every_alaw_code_survives_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    assert encode_alaw(decode_alaw(codes)) == codes


def test_alaw_agrees_with_g711_at_known_points() -> None:
    assert decode_alaw(b"\xd5\x55\xaa\x2a").tolist() == [8, -8, 32256, -32256]
    assert decode_alaw(SILENCE).max() == 8


@given(st.integers(-32768, 32767))
def test_the_alaw_error_is_at_most_half_a_step(sample: int) -> None:
    decoded = int(decode_alaw(encode_alaw(np.array([sample], np.int16)))[0])
    # A step is 16 near zero and doubles with each segment: 1/16 of the segment's own value.
    step = max(16, 2 ** (max(abs(sample), 1).bit_length() - 5))
    assert abs(decoded - sample) <= step / 2 + max(0, abs(sample) - 32256)


def test_level_of_a_tone_is_what_was_asked() -> None:
    assert level_dbfs(tone(1000, 1.0, -20.0)) == pytest.approx(-20.0, abs=0.05)
    assert level_dbfs(np.zeros(100, np.int16)) == FLOOR_DBFS
    assert level_dbfs(np.zeros(0, np.int16)) == FLOOR_DBFS


def test_goertzel_finds_a_tone_and_nothing_beside_it() -> None:
    heard = decode_alaw(encode_alaw(tone(1230, 0.5, -12.0)))
    assert goertzel(heard, 1230) == pytest.approx(-12.0, abs=0.2)
    assert goertzel(heard, 1260) < -60
    assert goertzel(np.zeros(0, np.int16), 1230) == FLOOR_DBFS


@given(st.sampled_from(list(GRID)), st.floats(-35, -3))
def test_each_tone_of_the_grid_is_recognised_at_any_level(hz: int, dbfs: float) -> None:
    found = strongest_tone(decode_alaw(encode_alaw(tone(hz, 0.4, dbfs))), GRID)
    assert found is not None
    assert (found.hz, found.purity > 0.95, found.ratio_db > 25) == (hz, True, True)
    assert found.dbfs == pytest.approx(dbfs, abs=0.5)


def test_noise_and_a_tone_between_two_places_are_not_clear() -> None:
    for samples in (noise(3200, 3000), tone(1005, 0.4)):
        found = strongest_tone(samples, GRID)
        assert found is not None
        assert found.ratio_db < 10
    assert strongest_tone(np.zeros(3200, np.int16), GRID) is None
    assert strongest_tone(tone(1000, 0.1), GRID) is None


def test_the_beginning_of_a_tone_is_found_to_a_frame() -> None:
    samples = np.concatenate((noise(3000, 200), tone(700, 0.5)))
    onset_ms = tone_onset_ms(samples, 700)
    assert onset_ms is not None
    assert abs(onset_ms - 375) <= 20


@given(st.integers(0, 4000), st.floats(0.1, 2.0))
def test_correlation_finds_the_lag_whatever_the_volume(lag: int, gain: float) -> None:
    reference = noise(4000, 3000)
    heard = np.concatenate((noise(lag, 50, 2), (reference * gain).astype(np.int16), noise(500, 50, 3)))
    match = correlate(reference, heard)
    assert match.lag_ms == lag / 8
    assert match.score > 0.99


def test_correlation_survives_alaw_and_noise_and_refuses_another_signal() -> None:
    reference, other = noise(8000, 3000), noise(8000, 3000, 9)
    heard = np.concatenate((np.zeros(1234, np.int16), decode_alaw(encode_alaw(reference)))) + noise(9234, 1500, 4)
    match = correlate(reference, heard.astype(np.int16), max_lag_ms=500)
    assert match.lag_ms == 1234 / 8
    assert 0.8 < match.score < 0.95
    assert correlate(other, heard.astype(np.int16)).score < 0.2
    assert correlate(reference, np.zeros(100, np.int16)).score == 0.0


def test_frames_are_whole_and_a_tone_loops_without_a_seam() -> None:
    assert list(frames_of(b"\x00" * 161)) == [b"\x00" * FRAME, b"\x00" + SILENCE[1:]]
    two_seconds = b"".join(tone_frames(997, seconds=2))
    assert decode_alaw(two_seconds).tolist() == decode_alaw(encode_alaw(tone(997, 2.0))).tolist()


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 44100])
def test_a_wav_of_any_rate_is_read_at_8_khz(rate_hz: int) -> None:
    time_s = np.arange(rate_hz) / rate_hz
    stereo = np.repeat((8000 * np.sin(2 * np.pi * 1000 * time_s)).astype("<i2"), 2)
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setparams((2, 2, rate_hz, 0, "NONE", ""))
        wav.writeframes(stereo.tobytes())
    samples = read_wav(file.getvalue())
    assert len(samples) == 8000
    assert goertzel(samples, 1000) == pytest.approx(20 * np.log10(8000 / 32768), abs=0.1)


def test_resampling_removes_what_8_khz_cannot_carry() -> None:
    time_s = np.arange(22050) / 22050
    high = (8000 * np.sin(2 * np.pi * 6000 * time_s)).astype(np.int16)
    assert level_dbfs(resample(high, 22050)) < -60
