"""What an agent puts right at the end of a call is there to be proposed as an example; nothing else is."""

from __future__ import annotations

from pathlib import Path

from core import events as e
from core import ids
from core.personal import Personal
from core.step import Step
from runtime.telling.corrected import Corrected
from speech.understand.improve import Corrections
from speech.understand.topics import Topic
from tests import centres

TOPICS = {
    "rsa": Topic(name="rsa", title="RSA", spoken="le RSA", group="insertion"),
    "apa": Topic(name="apa", title="APA", spoken="l'APA", group="autonomie"),
    "ase": Topic(name="ase", title="ASE", spoken="votre enfant", group="ase", protected=True),
}
ONE = centres.interaction(1)


def step(seq: int, fact: e.Event, *facts: e.Event) -> Step:
    return Step(seq=seq, now_ms=centres.START_MS + seq, input=fact, facts=facts, orders=())


def said(words: str, topic: str) -> Step:
    reading = e.Understanding(topic=topic, confidence=60, in_scope=True)
    listening = ids.listening(ONE, 1)
    boxed = Personal(ONE, "words", words)
    return step(1, e.SpeechUnderstood(cause="s", interaction=ONE, listening=listening, words=boxed, reading=reading))


def corrected(topic: str, *, done: bool = True) -> Step:
    fact = e.HeardCorrected(
        cause="pages", interaction=ONE, agent="alice", topic=topic, urgency=4, details=(), request="r"
    )
    return step(2, fact, e.RequestAnswered(cause="HeardCorrected", request="r", done=done, reason=""))


def kept(tmp_path: Path, *steps: Step) -> list[tuple[str, str, str]]:
    corrections = Corrections(tmp_path / "corrections.jsonl", TOPICS)
    told = Corrected(corrections)
    for one in steps:
        told.hear(one)
    told.close()
    return [(one.text, one.was, one.topic) for one in corrections.all(centres.START_MS + 10)]


def test_the_words_are_kept_with_what_they_were_taken_for(tmp_path: Path) -> None:
    (found,) = kept(tmp_path, said("l'aide pour ma mère qui reste à la maison", "rsa"), corrected("apa"))
    assert found[1:] == ("rsa", "apa")
    assert "aide pour ma mère" in found[0]


def test_what_was_refused_protected_unsaid_or_right_teaches_nothing(tmp_path: Path) -> None:
    words = said("l'aide pour ma mère qui reste à la maison", "rsa")
    assert kept(tmp_path, words, corrected("apa", done=False)) == []
    assert kept(tmp_path, words, corrected("ase")) == []
    assert kept(tmp_path, corrected("apa")) == []
    assert kept(tmp_path, words, corrected("rsa")) == []


def test_yes_and_no_are_not_what_it_is_about(tmp_path: Path) -> None:
    (found,) = kept(
        tmp_path, said("l'aide pour ma mère qui reste à la maison", "rsa"), said("oui", ""), corrected("apa")
    )
    assert "aide" in found[0]
