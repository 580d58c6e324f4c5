"""How words are said."""

from __future__ import annotations

import pytest

from speech.test_model.lexicon import SHARE_LEAST, lexicon


def test_ways_are_kept_by_how_often_they_are_heard() -> None:
    said = [("les", ("l", "e"))] * 60 + [("les", ("l", "e", "z"))] * 39 + [("les", ("l", "a"))]
    assert lexicon(said, ["les"]) == {"les": {("l", "e"): 1.0, ("l", "e", "z"): 0.65}}


def test_numbers_have_the_ways_of_one_breath_too() -> None:
    found = lexicon([("dix", ("d", "i", "s"))] * 3, ["dix"])
    assert found["dix"] == {("d", "i", "s"): 1.0, ("d", "i", "z"): SHARE_LEAST}


def test_a_word_that_nobody_said_is_a_fault() -> None:
    with pytest.raises(KeyError, match="hypoténuse"):
        lexicon([], ["hypoténuse"])
