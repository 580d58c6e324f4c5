"""WAV files from anywhere: read right, or refused with a reason."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.sound import Samples, to_alaw
from speech.wav import BadAudio, read_channels, read_wav, write_wav
from tests.speech.waves import pcm, wav

RAMP: Samples = np.linspace(-0.9, 0.9, 400, dtype=np.float32)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_whole_numbers_of_every_width(bits: int) -> None:
    samples, rate = read_wav(wav(pcm(RAMP, bits), bits=bits))
    assert rate == 8_000
    assert np.allclose(samples, RAMP, atol=1 / 64 if bits == 8 else 1e-4)


def test_floats() -> None:
    assert np.allclose(read_wav(wav(RAMP.astype("<f4").tobytes(), coding=3, bits=32))[0], RAMP)
    assert np.allclose(read_wav(wav(RAMP.astype("<f8").tobytes(), coding=3, bits=64))[0], RAMP)


def test_telephone_codings() -> None:
    assert np.allclose(read_wav(wav(to_alaw(RAMP), coding=6, bits=8))[0], RAMP, atol=0.03)
    codes = np.array([0x00, 0x80, 0xFF, 0x7F], dtype=np.uint8).tobytes()  # G.711 µ-law: ends of the scale, two zeros
    assert read_wav(wav(codes, coding=7, bits=8))[0] == pytest.approx([-32_124 / 32_768, 32_124 / 32_768, 0, 0])


def test_stereo_is_averaged() -> None:
    both = np.stack([RAMP, -RAMP], axis=1).reshape(-1)
    samples, _ = read_wav(wav(pcm(both, 16), channels=2))
    assert samples.shape == RAMP.shape
    assert np.abs(samples).max() < 1e-3


def test_other_chunks_and_odd_sizes_are_passed_over() -> None:
    before = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert read_wav(wav(pcm(RAMP, 16), before=before))[0].size == RAMP.size


def test_a_stream_that_does_not_know_its_size_is_read_to_its_end() -> None:
    content = bytearray(wav(pcm(RAMP, 16)))
    content[40:44] = struct.pack("<I", 0x7FFFF000)
    assert read_wav(bytes(content))[0].size == RAMP.size


def test_a_file_cut_in_a_sample_loses_only_that() -> None:
    assert read_wav(wav(pcm(RAMP, 16))[:-1])[0].size == RAMP.size - 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "n'est pas un fichier WAV"),
        (b"ID3\x04" + bytes(100), "n'est pas un fichier WAV"),
        (wav(b"")[:20], "abîmé ou coupé"),
        (wav(b""), "aucun son"),
        (wav(bytes(8), channels=0), "0 voies"),
        (wav(bytes(32), channels=16), "16 voies"),
        (wav(bytes(8), rate=44), "fréquence de 44 Hz"),
        (wav(bytes(8), bits=12), "12 bits"),
        (wav(bytes(8), coding=85), "codage WAV 85"),
        (wav(struct.pack("<f", float("nan")), coding=3, bits=32), "pas des nombres"),
        (wav(bytes(8_000 * 181), coding=6, bits=8), "plus de 180 secondes"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(BadAudio, match=reason):
        read_wav(content)


@given(st.binary(max_size=60), st.integers(0, 43), st.binary(min_size=1, max_size=6))
@settings(max_examples=300)
def test_law_any_bytes_are_samples_or_bad_audio(tail: bytes, at: int, put: bytes) -> None:
    content = bytearray(wav(pcm(RAMP[:20], 16)) + tail)
    content[at : at + len(put)] = put
    for tried in (bytes(content), b"RIFF\0\0\0\0WAVE" + tail):
        try:
            samples, _ = read_wav(tried)
        except BadAudio:
            continue
        assert samples.ndim == 1
        assert samples.size
        assert np.isfinite(samples).all()


def test_what_is_written_is_read_again() -> None:
    samples = np.array([0.0, 0.5, -0.5, 2.0, -2.0], np.float32)
    found, rate = read_wav(write_wav(samples, 8_000))
    assert rate == 8_000
    assert found == pytest.approx([0.0, 0.5, -0.5, 1.0, -1.0], abs=1e-4)


def test_channels_are_kept_apart_for_who_examines_them() -> None:
    found = read_channels(wav(pcm(np.array([0.5, -0.5, 0.25, -0.25], np.float32), 24), channels=2, bits=24))
    assert found.samples.shape == (2, 2)
    assert (found.rate, found.bits) == (8_000, 24)
    assert found.samples[:, 1] == pytest.approx([-0.5, -0.25], abs=1e-4)
