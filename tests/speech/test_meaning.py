"""What a worker makes of words, after a few lessons."""

from __future__ import annotations

from speech import between
from speech.meaning import Alarming, Lessons, Taught
from speech.understand.asked import Asked
from speech.understand.topics import Example, Topic
from speech.understand.urgency import Signal, Urgencies

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
    reading, why = Taught(LESSONS).understand("bonjour mon rsa n'est pas arrivé", "fr")
    assert reading.topic == "rsa"
    assert reading.candidates[0].topic == "rsa"
    assert 0 < reading.confidence <= 100
    assert any("rsa" in word.lower() for word in why)


def test_without_topics_words_are_words() -> None:
    meaning = Taught(Lessons())
    assert meaning.understand("mon rsa", "fr")[0].topic == ""
    assert meaning.alarm("au secours", "fr", unfinished=False) is None


def test_of_what_was_asked_the_answer_alone_counts() -> None:
    meaning = Taught(Lessons(communes={"78646": "Versailles", "78621": "Trappes"}))
    reading, _ = meaning.understand("pas versailles trappes", "fr", Asked(about="commune", so_far="78646"))
    assert [(one.kind, one.value.text) for one in reading.details] == [("commune", "78621")]
    reading, _ = meaning.understand("rappelez moi au 01 99 00 00 45", "fr", Asked(about="commune"))
    assert [(one.kind, one.value.text) for one in reading.details] == [("telephone", "+33199000045")]


def test_danger_is_told_before_the_end_but_not_by_the_word_that_may_go_on() -> None:
    feu = Signal(name="incendie", title="Incendie", level=1, hear=("au feu",))
    meaning = Taught(Lessons(urgencies=Urgencies(signals={"incendie": feu})))
    assert meaning.alarm("au secours au feu", "fr", unfinished=True) is None
    assert meaning.alarm("au secours au feu dans", "fr", unfinished=True) == Alarming(1, "incendie", 100)
    reading, why = meaning.understand("au secours au feu", "fr")
    assert (reading.urgency, reading.danger) == (1, "incendie")
    assert why == ("« au feu »",)


def test_lessons_reach_a_worker_as_they_are() -> None:
    setup = between.Setup(models={}, host="", port=0, most=1, pause_ms=1, open_pause_ms=1, lessons=LESSONS)
    assert between.order(between.line(setup)) == setup


def test_details_are_found_with_the_communes_of_the_configuration() -> None:
    taught = Taught(Lessons(communes={"78621": "Trappes"}))
    reading, _ = taught.understand("j'habite à trappes", "fr")
    assert [(one.kind, one.value.text) for one in reading.details] == [("commune", "78621")]
