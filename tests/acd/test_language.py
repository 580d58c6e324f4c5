"""Somebody who waits chooses another language: their place stays, and other people are asked for."""

from __future__ import annotations

from typing import Any

import msgspec

from acd.decide import mind
from core import events as e
from core.centre import Centre
from core.needs import Callback, Relax
from core.script import invite
from core.text import say
from tests import centres
from tests.acd.test_preferred import becomes
from tests.alone import A, Alone, names, need, only

RELAXED_MS = 10_000
LANGUAGE = say("attente.langue")
NEXT = say("attente.prochain")


def centre(*announce: Any) -> Centre:
    """chloé speaks English; after a while so may anybody.  Solidarites offers it by 6."""
    small = centres.CENTRES["bilingue"]()
    queues = {
        name: msgspec.structs.replace(
            queue,
            announce=announce or ("position", "languages"),
            relax=(Relax(after_ms=RELAXED_MS, languages=True),),
            callback=Callback(),
        )
        for name, queue in small.queues.items()
    }
    texts = {language: {**said, "attente.langue": "…"} for language, said in small.texts.items()}
    return msgspec.structs.replace(small, queues=queues, texts=texts)


def waits(known: Centre | None = None, *at_work: str, **changes: Any) -> Alone:
    """A waits, in French; those `at_work` are busy."""
    alone = Alone(mind, known or centre())
    for name in at_work:
        alone.tell(becomes(name, "available"), becomes(name, "on_interaction", interaction="z"))
    wants = need("generaliste", service="solidarites", tenant="aure", **changes)
    alone.tell(e.InteractionQueued(cause="t", interaction=A, need=wants, arrived_at_ms=alone.now_ms))
    return alone


def chooses(language: str) -> e.LanguageChosen:
    return e.LanguageChosen(cause="t", interaction=A, language=language, how="key")


def frees(alone: Alone, agent: str) -> list[Any]:
    alone.tell(becomes(agent, "wrap_up"))
    return alone.tell(becomes(agent, "available"))


def test_who_chooses_none_is_offered_each_language_in_itself_with_every_announcement() -> None:
    alone = waits()
    for _ in range(2):
        due = only(alone.next(), e.AnnouncementDue)
        assert due.say == (NEXT, invite("en", "6"))
        assert not due.anew


def test_a_queue_that_announces_no_languages_offers_none() -> None:
    assert only(waits(centre("position")).next(), e.AnnouncementDue).say == (NEXT,)


def test_they_are_told_at_once_in_it_how_they_stand_and_once_how_to_come_back() -> None:
    alone = waits(centre("position"))
    said = alone.tell(chooses("en"))
    assert names(said) == ["ContactSpeaks", "AnnouncementDue"]
    assert only(said, e.ContactSpeaks).need.language == "en"
    assert only(said, e.AnnouncementDue).say == (LANGUAGE, NEXT, invite("fr", "6"))
    assert only(said, e.AnnouncementDue).anew
    while not (later := [one for one in alone.next() if isinstance(one, e.AnnouncementDue)]):
        pass
    assert later[0].say == (NEXT,)


def test_the_place_is_that_of_the_arrival() -> None:
    alone = waits()
    arrived_at_ms = alone.now_ms
    alone.now_ms += 4_000
    alone.tell(chooses("en"), chooses("fr"), chooses("en"))
    assert alone.state.contacts[A].arrived_at_ms == arrived_at_ms


def test_they_wait_for_somebody_who_speaks_it_until_the_queue_gives_way_counted_from_their_arrival() -> None:
    alone = waits(None, "alice", "chloé")
    began = alone.now_ms
    alone.now_ms += 4_000
    alone.tell(chooses("en"))
    assert "AgentChosen" not in names(frees(alone, "alice"))
    while alone.state.contacts[A].offer is None:
        alone.next()
    assert (alone.state.contacts[A].agent, alone.now_ms - began) == ("alice", RELAXED_MS)


def test_whoever_speaks_it_and_is_free_is_rung_at_once_and_nothing_is_said() -> None:
    alone = waits(None, "alice", "chloé")
    alone.tell(chooses("en"))
    assert only(frees(alone, "chloé"), e.AgentChosen).agent == "chloé"


def test_who_rings_for_them_already_rings_on_and_their_language_is_known() -> None:
    alone = waits(None, "alice")
    assert only(frees(alone, "alice"), e.AgentChosen).agent == "alice"
    assert names(alone.tell(chooses("en"))) == ["ContactSpeaks"]
    contact = alone.state.contacts[A]
    assert (contact.agent, contact.need.language) == ("alice", "en")


def test_the_language_that_they_speak_changes_nothing() -> None:
    assert waits().tell(chooses("fr")) == []


def test_somebody_who_does_not_wait_is_not_concerned() -> None:
    assert Alone(mind, centre()).tell(chooses("en")) == []


def test_an_emergency_is_told_as_well_and_waits_for_no_language() -> None:
    alone = waits(None, "alice", emergency=True)
    alone.tell(chooses("en"))
    assert only(frees(alone, "alice"), e.AgentChosen).agent == "alice"


def test_without_the_text_the_rest_is_said() -> None:
    known = centre("position")
    bare = {
        one: {key: words for key, words in said.items() if key != LANGUAGE.key} for one, said in known.texts.items()
    }
    said = waits(msgspec.structs.replace(known, texts=bare)).tell(chooses("en"))
    assert only(said, e.AnnouncementDue).say == (NEXT, invite("fr", "6"))


def test_the_callback_is_offered_in_it_as_well() -> None:
    said = waits(centre("position")).tell(chooses("en"))
    assert say("attente.rappel_touche", touche="1") not in only(said, e.AnnouncementDue).say
    alone = Alone(mind, centre("position"))
    wants = need("generaliste", service="solidarites", tenant="aure")
    alone.tell(
        e.InteractionQueued(cause="t", interaction=A, need=wants, arrived_at_ms=alone.now_ms, may_be_called=True)
    )
    assert say("attente.rappel_touche", touche="1") in only(alone.tell(chooses("en")), e.AnnouncementDue).say
