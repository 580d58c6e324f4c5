"""The sentences of the test model: what they are made of, and that none of them is in the measurement."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.test_model.build import sentences_of_build
from speech.test_model.corpus import BadPhrases, read_corpus
from speech.test_model.measure import held_out, unseen

CORPUS = read_corpus()


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "phrases.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_same_seed_says_the_same() -> None:
    assert CORPUS.sentences(50, 1) == CORPUS.sentences(50, 1)
    assert CORPUS.sentences(50, 1) != CORPUS.sentences(50, 2)


def test_whatever_is_said_is_among_its_words() -> None:
    said = {word for sentence in CORPUS.sentences(5_000, 3) for word in sentence.split()}
    assert said <= set(CORPUS.words)
    assert len(said) > 0.9 * len(CORPUS.words)


def test_it_knows_what_callers_of_the_demo_and_the_dialogue_need() -> None:
    needed = (
        "oui non conseiller répéter correction quarante rsa mdph pmi apa fsl danger frappe suicide police gaz nanterre"
    )
    assert set(needed.split()) <= set(CORPUS.words)


def test_lists_continue_nest_and_may_be_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, "# rien\nqui: un (nom)\n    | une (nom)\nnom: a | b\n\n3 (qui) vient (nom?)\n1 seul\n")
    said = set(read_corpus(file).sentences(200, 1))
    assert {"un a vient", "une b vient", "un b vient a", "seul"} <= said
    assert read_corpus(file).words == ("a", "b", "seul", "un", "une", "vient")


def test_a_pattern_is_said_as_often_as_its_weight(tmp_path: Path) -> None:
    said = read_corpus(written(tmp_path, "9 souvent\n1 rarement\n")).sentences(1_000, 1)
    assert 850 < said.count("souvent") < 950


@pytest.mark.parametrize(
    ("text", "told"),
    [("bonjour\n", "phrases.txt:1: neither a list nor a pattern"), ("1 (qui)\n", "no such list, was qui")],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadPhrases, match=told):
        read_corpus(written(tmp_path, text))


def test_what_is_measured_was_never_said_before() -> None:
    seen = sentences_of_build(CORPUS)
    assert not seen & set(held_out())
    assert not seen & set(unseen(150))
    assert len(unseen(150)) == 150


def test_what_is_measured_could_be_recognised() -> None:
    assert {word for sentence in held_out() for word in sentence.split()} <= set(CORPUS.words)
