"""Counting errors, and what the kept model makes of voices and sentences that it was never trained on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import vosk

from speech.test_model.build import BUILT
from speech.test_model.examples import HELD_OUT, PLAIN, asked, spoken_over_telephone
from speech.test_model.measure import distance, error_rate, held_out, recognised

vosk.SetLogLevel(-1)


@pytest.fixture(scope="module")
def model() -> vosk.Model:
    return vosk.Model(str(BUILT))


@pytest.mark.parametrize(
    ("wanted", "found", "count"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a c", 1),
        ("a b c", "a x b c", 1),
        ("a b c", "a x c", 1),
        ("a b c", "", 3),
        ("", "a", 1),
        ("a b", "b a", 2),
    ],
)
def test_errors_are_words_to_change_add_or_take_out(wanted: str, found: str, count: int) -> None:
    assert distance(wanted.split(), found.split()) == count


# README.md of the kept model has the figures; these bounds only tell a model that works from one that does not.
@pytest.mark.parametrize(("variants", "most"), [((PLAIN, "f2", "m3"), 0.08), (HELD_OUT, 0.16)])
def test_the_kept_model_hears_sentences_it_never_met(model: vosk.Model, variants: Sequence[str], most: float) -> None:
    found = error_rate("", model, asked(held_out(), variants, 9, 20))
    assert found.error_rate < most, found.wrong


def test_a_grammar_leaves_out_what_is_not_asked_for(model: vosk.Model) -> None:
    said = spoken_over_telephone(asked(["oui c'est ça"], (PLAIN,), 3, 30)[0])[1].samples.tobytes()
    assert recognised(model, said, ("oui c'est ça", "non")) == "oui c'est ça"
    assert recognised(model, said, ("mille neuf cent",)) != "mille neuf cent"


def test_silence_is_no_words(model: vosk.Model) -> None:
    assert recognised(model, bytes(16_000 * 2)) == ""
