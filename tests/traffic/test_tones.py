"""Who is heard: tones given out, recognised, and not confused with anything else."""

from __future__ import annotations

import numpy as np
import pytest

from traffic.clock import now_ms
from traffic.heard import Heard
from traffic.sound import encode_alaw, frames_of, tone
from traffic.tones import AGENT_TONES, CITIZEN_TONES, HeardTone, ToneBook, hear


def heard(samples: np.ndarray, ended_ms_ago: float = 0.0) -> Heard:
    """An ear that has just received these samples."""
    ear = Heard()
    frames = list(frames_of(encode_alaw(samples.astype(np.int16))))
    first_ms = now_ms() - ended_ms_ago - 20 * len(frames)
    for number, frame in enumerate(frames):
        ear.add(first_ms + 20 * number, 160 * number, frame)
    return ear


def test_no_tone_is_shared_while_there_are_enough_and_none_soon_again() -> None:
    book = ToneBook(range(10))
    taken = [book.take() for _ in range(10)]
    assert sorted(taken) == list(range(10))
    book.give_back(3)
    book.give_back(7)
    assert [book.take(), book.take()] == [3, 7]
    assert book.take() in range(10), "more calls than tones share, one each"
    book = ToneBook(range(10))
    recent: list[int] = []
    for _ in range(50):
        hz = book.take()
        assert hz not in recent[-9:]
        book.give_back(hz)
        recent.append(hz)


@pytest.mark.parametrize("hz", [CITIZEN_TONES[0], CITIZEN_TONES[133], CITIZEN_TONES[-1]])
def test_a_tone_is_recognised_on_its_grid_and_invisible_on_the_other(hz: int) -> None:
    ear = heard(tone(hz, 1.0))
    found = hear(ear, CITIZEN_TONES)
    assert found is not None
    assert (found.hz, found.ratio_db > 40, found.purity > 0.99) == (hz, True, True)
    assert hear(ear, AGENT_TONES) is None


def test_the_moment_a_tone_begins_is_known_to_a_frame() -> None:
    rng = np.random.default_rng(1)
    samples = np.concatenate((rng.normal(0, 40, 8000), tone(505, 0.5)))
    ear = heard(samples)
    found = hear(ear, AGENT_TONES)
    assert isinstance(found, HeardTone)
    assert ear.last_ms is not None
    assert found.since_ms == pytest.approx(ear.last_ms + 20 - 500, abs=20)


def test_the_other_party_is_heard_through_the_echo_of_oneself() -> None:
    mixed = tone(505, 0.5, -20).astype(np.int32) + tone(700, 0.5, -26)
    found = hear(heard(mixed), AGENT_TONES)
    assert found is not None
    assert found.hz == 505


def test_two_at_once_are_nobody() -> None:
    both = tone(500, 0.5, -20).astype(np.int32) + tone(510, 0.5, -23)
    assert hear(heard(both), CITIZEN_TONES) is None


def test_music_noise_silence_and_the_past_are_no_tone() -> None:
    rng = np.random.default_rng(2)
    chord = sum(tone(hz, 0.5, -20).astype(np.int32) for hz in (525, 655, 785))
    assert hear(heard(np.asarray(chord)), AGENT_TONES) is None
    assert hear(heard(rng.normal(0, 3000, 8000)), AGENT_TONES) is None
    assert hear(heard(np.zeros(8000)), AGENT_TONES) is None
    assert hear(heard(tone(505, 1.0), ended_ms_ago=400), AGENT_TONES) is None
    assert hear(Heard(), AGENT_TONES) is None
