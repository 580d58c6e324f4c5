"""What a worker makes of words, after a few lessons."""

from __future__ import annotations

from speech import between
from speech.meaning import Lessons, meaning_of
from speech.understand.topics import Example, Topic

RSA = ("mon rsa n'est pas tombé", "je n'ai pas eu mon rsa ce mois-ci", "demander le rsa", "où en est mon rsa")
LOGEMENT = (
    "je cherche un logement",
    "je suis expulsé de mon logement",
    "une aide pour payer mon loyer",
    "mon bailleur",
)
LESSONS = Lessons(
    topics={
        "rsa": Topic(name="rsa", title="RSA", spoken="le RSA", group="insertion", acronyms=("RSA",)),
        "logement": Topic(name="logement", title="Logement", spoken="le logement", group="logement"),
    },
    examples=tuple(Example(text, label) for label, texts in (("rsa", RSA), ("logement", LOGEMENT)) for text in texts),
)


def test_words_are_understood_in_percent_after_the_lessons() -> None:
    reading, why = meaning_of(LESSONS).understand("bonjour mon rsa n'est pas arrivé", "fr")
    assert reading.topic == "rsa"
    assert reading.candidates[0].topic == "rsa"
    assert 0 < reading.confidence <= 100
    assert any("rsa" in word.lower() for word in why)


def test_without_topics_words_are_words() -> None:
    meaning = meaning_of(Lessons())
    assert meaning.understand("mon rsa", "fr")[0].topic == ""
    assert meaning.alarm("au secours", "fr") is None


def test_lessons_reach_a_worker_as_they_are() -> None:
    setup = between.Setup(models={}, host="", port=0, most=1, pause_ms=1, open_pause_ms=1, lessons=LESSONS)
    assert between.order(between.line(setup)) == setup
