"""The voices of the test model's examples: the real libespeak-ng."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from speech.test_model.voices import SILENCE, Manner, NoVoice, say


def test_each_phone_belongs_to_its_word() -> None:
    spoken = say(["un", "conseiller", "arrive"], Manner())
    said: dict[int, str] = {}
    for phone in spoken.phones:
        if phone.word is not None:
            said[phone.word] = said.get(phone.word, "") + phone.name
    assert list(said) == [0, 1, 2]
    assert said[1].startswith("kO~s")


def test_phones_follow_one_another_within_the_sound() -> None:
    spoken = say(["bonjour", "madame"], Manner())
    starts = [phone.start_s for phone in spoken.phones]
    assert all(one <= other for one, other in itertools.pairwise(starts))
    assert starts[-1] <= spoken.samples.size / spoken.rate
    assert spoken.phones[-1].name == SILENCE
    assert np.abs(spoken.samples).max() > 0.05


def test_a_word_written_as_several_counts_once() -> None:
    spoken = say(["la", "pé èm i", "ferme"], Manner())
    assert {phone.word for phone in spoken.phones if phone.name == "f"} == {2}
    assert [phone.name for phone in spoken.phones if phone.word == 1] == ["p", "e", "E", "m", "i"]


def test_changes_of_language_are_no_phones() -> None:
    assert not [phone.name for phone in say(["ehpad"], Manner()).phones if "(" in phone.name or not phone.name]


def test_pace_pitch_and_variant_change_the_sound() -> None:
    slow, fast = say(["bonjour"], Manner(pace=120)), say(["bonjour"], Manner(pace=240))
    assert slow.samples.size > 1.4 * fast.samples.size
    other = say(["bonjour"], Manner(voice="fr+f2", pace=120))
    assert not np.array_equal(slow.samples, other.samples)


def test_a_voice_that_does_not_exist_is_told() -> None:
    with pytest.raises(NoVoice, match="ne connaît pas la voix « xx-nulle-part »"):
        say(["bonjour"], Manner(voice="xx-nulle-part"))
