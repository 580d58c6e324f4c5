"""What examples teach."""

from __future__ import annotations

import numpy as np

from speech.understand import ridge
from speech.understand.ridge import Model
from speech.understand.similar import Floats

COLOURS = ["rouge", "vert", "bleu", "jaune", "noir", "blanc"]
EXAMPLES = [[colour, thing] for colour in COLOURS for thing in ("maison", "voiture", "table", "chaise")]
LABELS = [colour for colour in COLOURS for _ in range(4)]


def scores(model: Model, *found: str) -> Floats:
    return model.scores(model.likeness(found))


def test_it_says_of_an_example_what_it_was_taught() -> None:
    model = Model(EXAMPLES, LABELS)
    assert [model.labels[int(np.argmax(model.scores(model.likeness(found))))] for found in EXAMPLES] == LABELS
    assert model.labels == tuple(sorted(COLOURS))


def test_left_out_scores_are_those_of_a_model_without_the_example() -> None:
    model = Model(EXAMPLES, LABELS)
    kernel = np.stack([(model.likeness(found) + ridge.C) ** 2 for found in EXAMPLES]).astype(np.float64)
    told = np.full((len(LABELS), 6), -1 / 6)
    told[np.arange(len(LABELS)), model.truth] = 1
    for out in (0, 5, 23):
        rest = [at for at in range(len(LABELS)) if at != out]
        weights = np.linalg.solve(kernel[np.ix_(rest, rest)] + ridge.RIDGE * np.eye(len(rest)), told[rest])
        assert np.allclose(kernel[out, rest] @ weights, model.left_out[out], atol=1e-3)


def test_the_same_examples_give_the_same_scores() -> None:
    one, other = Model(EXAMPLES, LABELS), Model(EXAMPLES, LABELS)
    assert scores(one, "rouge", "banc").tobytes() == scores(other, "rouge", "banc").tobytes()


def test_beyond_the_supports_every_example_still_counts() -> None:
    examples = [[colour, f"chose{thing}", f"n{thing}"] for thing in range(40) for colour in COLOURS]
    model = Model(examples, [found[0] for found in examples], most=60)
    assert model.likeness.count == 60
    assert model.left_out.shape == (240, 6)
    assert model.labels[int(np.argmax(scores(model, "vert", "inconnu")))] == "vert"


def test_the_words_that_decided_are_those_of_the_label() -> None:
    model = Model(EXAMPLES, LABELS)
    said = ["maison", "rouge"]
    told = model.because(said, model.likeness(said), model.labels.index("rouge"))
    assert told[1] > told[0]


def test_one_label_is_enough_to_begin() -> None:
    model = Model([["un"], ["deux"]], ["seul", "seul"])
    assert model.labels == ("seul",)
    assert scores(model, "un").shape == (1,)
