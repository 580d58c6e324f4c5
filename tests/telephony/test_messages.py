"""Recordings: whose they are, how much is said in them, and how they go."""

from __future__ import annotations

import os
import struct
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from core import ids
from core.errors import UnsafeValue
from telephony.messages import OLDEST_S, STILL_S, Messages, erase, said_ms, wav

INTERACTION = ids.mint(1_800_000_000_000, b"0123456789")
MESSAGE = ids.message(INTERACTION, 1)


def sound(seconds: float, level: float) -> bytes:
    """A voice of that level, as raw samples."""
    at = np.arange(int(8_000 * seconds))
    return (np.sin(at * 2 * np.pi * 440 / 8_000) * level * 32_767).astype("<i2").tobytes()


def recording(file: Path, data: bytes) -> Path:
    """As Asterisk leaves it when it dies: the header does not know yet how long it is."""
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16, b"data", 0)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(head + data)
    return file


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(tmp_path / "messages")


def test_a_voice_counts_with_its_pauses_and_noise_does_not(tmp_path: Path) -> None:
    spoken = recording(tmp_path / "a.wav", sound(1.0, 0.2) + sound(2.0, 0.001) + sound(0.5, 0.2))
    assert said_ms(spoken) == 3_500
    assert spoken.stat().st_mode & 0o777 == 0o600
    assert said_ms(recording(tmp_path / "b.wav", sound(4.0, 0.001))) == 0
    assert said_ms(recording(tmp_path / "c.wav", sound(0.1, 0.5) + sound(3.0, 0.0))) == 0
    assert said_ms(recording(tmp_path / "d.wav", b"")) == 0
    assert said_ms(tmp_path / "none.wav") == 0


def test_a_recording_that_was_cut_off_is_read_whole(tmp_path: Path) -> None:
    file = recording(tmp_path / "a.wav", sound(1.5, 0.2) + b"\x01")
    out = tmp_path / "out.wav"
    out.write_bytes(wav(file))
    with wave.open(str(out)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (8_000, 1, 2)
        assert read.getnframes() == 12_000


def test_a_recording_is_named_by_its_message_in_a_directory_of_its_own(messages: Messages) -> None:
    path = messages.path_of(MESSAGE)
    assert path.name == f"{MESSAGE}.wav"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert messages.of(str(path)) == path


@pytest.mark.parametrize("name", ["", "../../etc/passwd", f"{INTERACTION}-p1", f'{MESSAGE}"', f"{MESSAGE}\n"])
def test_what_is_no_message_is_refused(messages: Messages, name: str) -> None:
    with pytest.raises(UnsafeValue):
        messages.path_of(name)


@pytest.mark.parametrize("path", ["/etc/passwd", "messages", f"/tmp/{MESSAGE}.wav", ""])
def test_what_is_no_recording_of_ours_is_not_touched(messages: Messages, path: str) -> None:
    with pytest.raises(UnsafeValue):
        messages.of(path)


def test_a_node_without_a_place_records_nothing() -> None:
    with pytest.raises(UnsafeValue):
        Messages(None).path_of(MESSAGE)
    Messages(None).sweep()
    assert Messages(None).ended_unheard(()) == []


def test_what_ended_while_nobody_listened_is_found_once_it_no_longer_grows(messages: Messages) -> None:
    file = recording(messages.path_of(MESSAGE), sound(1.0, 0.2))
    other = recording(messages.path_of(ids.message(ids.mint(1, b"9876543210"), 1)), sound(1.0, 0.2))
    messages.wait_for_those_of(frozenset({INTERACTION}))
    here = {INTERACTION}
    assert messages.ended_unheard(here) == [], "it may still be growing"
    assert messages.ended_unheard(()) == [(MESSAGE, file)], "whoever is gone says no more"
    for one in (file, other):
        os.utime(one, (0, time.time() - STILL_S - 1))
    assert messages.ended_unheard(here) == [(MESSAGE, file)]
    messages.told(MESSAGE)
    assert messages.ended_unheard(here) == []


def test_nothing_is_kept_for_ever(messages: Messages) -> None:
    file = recording(messages.path_of(MESSAGE), sound(1.0, 0.2))
    messages.sweep()
    assert file.exists()
    os.utime(file, (0, time.time() - OLDEST_S - 1))
    messages.sweep()
    assert not file.exists()


def test_erasing_twice_is_no_fault(messages: Messages) -> None:
    file = recording(messages.path_of(MESSAGE), b"")
    erase(file)
    erase(file)
    assert not file.exists()
