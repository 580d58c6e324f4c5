"""The measures."""

from __future__ import annotations

from speech.understand.evaluate import Confusion, auroc, evaluate
from speech.understand.topics import Example
from speech.understand.understand import Candidate, Reading


def read(text: str) -> Reading:
    """Says the topic that is written first, as sure as is written second."""
    topic, sure = text.split()
    confidence = float(sure)
    return Reading(
        topic=topic,
        confidence=confidence,
        candidates=(Candidate(topic, confidence), Candidate("c", 0.1)),
        in_scope=confidence > 0.5,
        scope=confidence,
    )


def test_accuracy_f1_coverage_scope_and_confusions() -> None:
    cases = [Example("a 0.9", "a"), Example("a 0.8", "a"), Example("b 0.6", "b"), Example("a 0.4", "c")]
    told = evaluate(read, [*cases, Example("a 0.5", "inconnu")], {"a", "b", "c"})
    assert (told.utterances, told.labels, told.outside) == (4, 3, 1)
    assert (told.accuracy, told.top3) == (0.75, 1.0)
    assert told.macro_f1 == round((0.8 + 1.0 + 0.0) / 3, 4)
    assert told.coverage == {100: 0.75, 90: 1.0, 80: 1.0, 70: 1.0, 50: 1.0}
    assert (told.scope_auroc, told.known_out, told.lost) == (0.75, 1.0, 0.25)
    assert told.confusions == (Confusion("c", "a", 1),)


def test_a_known_label_may_be_out_of_scope_too() -> None:
    told = evaluate(read, [Example("a 0.9", "a"), Example("b 0.2", "b")], {"a", "b"}, ["b"])
    assert (told.accuracy, told.scope_auroc, told.utterances) == (1.0, 1.0, 2)


def test_without_others_scope_is_not_measured() -> None:
    told = evaluate(read, [Example("a 0.9", "a")], {"a"})
    assert (told.scope_auroc, told.known_out, told.lost) == (None, None, None)


def test_equal_scores_count_half() -> None:
    assert auroc([1.0, 1.0], [1.0]) == 0.5
    assert auroc([2.0, 3.0], [1.0, 2.5]) == 0.75
