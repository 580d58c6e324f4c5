"""How alike utterances are."""

from __future__ import annotations

import numpy as np
import pytest

from speech.understand.similar import Likeness, letters, neighbours, pairs

EXAMPLES = [["place", "en", "creche"], ["aide", "a", "domicile"], ["changer", "de", "domicile"]]


def test_an_example_is_like_itself_and_an_unknown_word_like_none() -> None:
    likeness = Likeness(EXAMPLES)
    assert likeness(EXAMPLES[1])[1] == pytest.approx(1.0, abs=1e-5)
    assert likeness(["zzz"]).tolist() == [0.0, 0.0, 0.0]
    assert likeness([]).tolist() == [0.0, 0.0, 0.0]


def test_neighbours_tell_the_same_words_apart() -> None:
    likeness = Likeness(EXAMPLES)
    assert int(np.argmax(likeness(["une", "aide", "a", "domicile"]))) == 1
    assert likeness(["creches"])[0] > 0.1  # another form of the word


def test_the_likeness_of_two_does_not_hang_on_which_is_the_example() -> None:
    matrix = np.stack([Likeness(EXAMPLES)(example) for example in EXAMPLES])
    assert np.allclose(matrix, matrix.T, atol=1e-6)


def test_a_word_says_for_which_examples_it_speaks() -> None:
    likeness = Likeness(EXAMPLES)
    for_second = np.array([0.0, 1.0, 0.0], np.float32)
    told = likeness.by_word(["aide", "creche", "zzz"], for_second)
    assert told[0] > 0
    assert told[1:] == [0.0, 0.0]
    assert likeness.known(["aides", "zzz"]) == [True, False]


def test_what_is_taken_of_words() -> None:
    assert neighbours(["aide", "a", "domicile"]) == ["aid", "a", "domicil", "aid a", "a domicil", "aid . domicil"]
    assert pairs(["domicile", "a", "aide"]) == ["aid", "domicil", "aid+domicil"]
    assert letters(["ab"]) == ["_a", "b_", "_ab", "ab_", "_ab_"]
