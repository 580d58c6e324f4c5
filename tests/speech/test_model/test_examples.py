"""Examples: sentences said, heard and labelled."""

from __future__ import annotations

from collections import Counter

import numpy as np

from speech.test_model.examples import HELD_OUT, VARIANTS, Asked, asked, example, examples
from speech.test_model.features import COEFFICIENTS, FRAME_S
from speech.test_model.telephone import CLEAN_DB


def test_every_frame_has_its_phone() -> None:
    found = example(Asked("bonjour madame", "fr", 4))
    assert found.features.shape == (len(found.phones), COEFFICIENTS)
    assert {"b", "O~", "Z", "u", "m", "a", "d", "SIL"} <= set(found.phones)
    assert found.phones[0] == found.phones[-1] == "SIL"


def test_labels_stand_where_the_sound_is() -> None:
    found = example(Asked("allô allô", "fr", 4, CLEAN_DB))
    loud = found.features[:, 0] > np.median(found.features[:, 0])
    speech = np.array([phone != "SIL" for phone in found.phones])
    assert speech[loud].mean() > 0.9
    assert 0.3 < speech.sum() * FRAME_S < 1.5


def test_the_way_that_each_word_was_said_is_kept() -> None:
    said = dict(example(Asked("le rsa pour les enfants", "fr", 2)).said)
    assert said["les"] == ("l", "e", "z")
    assert said["rsa"] in {("E", "r", "E", "s", "a"), ("E", "r", "e", "s", "a")}


def test_a_number_in_one_breath_says_nothing_of_its_words() -> None:
    found = [example(Asked("quatre vingt dix huit", "fr", seed)) for seed in range(12)]
    assert Counter(bool(one.said) for one in found).keys() == {True, False}
    assert all("z" in one.phones for one in found if not one.said), "dix-huit is said dizuit"


def test_voices_are_drawn_again_alike_and_never_from_those_held_out() -> None:
    drawn = asked(["oui"] * 400, VARIANTS, 7)
    assert drawn == asked(["oui"] * 400, VARIANTS, 7)
    assert len({one.seed for one in drawn}) == 400
    variants = {one.voice.partition("+")[2] for one in drawn}
    assert "" in variants
    assert not variants & set(HELD_OUT)
    assert not set(VARIANTS) & set(HELD_OUT)


def test_processes_say_what_one_by_one_says() -> None:
    """Not to the sample: the synthesiser keeps a little of what it said before."""
    wanted = asked(["oui", "non merci"], VARIANTS, 1)
    for found, one in zip(examples(wanted, 2), wanted, strict=True):
        expected = example(one)
        assert list(dict.fromkeys(found.phones)) == list(dict.fromkeys(expected.phones))
        assert found.said == expected.said
        assert abs(len(found.features) - len(expected.features)) <= 2
