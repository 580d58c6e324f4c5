"""Writings: taken once, understood, listed for the right people, never lost, answered by whoever has them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from casework.decide import mind
from core import events as e
from core import ids, limits
from core.centre import Centre, Topic
from core.commands import UnderstandWriting
from core.events.speech import Understanding
from core.personal import Personal
from core.script import Details, HandOver, Listen, Script
from tests import centres
from tests.alone import A, Alone, B, names, only

TASK = ids.task(A)
RSA = Understanding(topic="rsa", confidence=90, in_scope=True)


def listening() -> Centre:
    """small, whose dialogue hears what people want, and has topics."""
    small = centres.small()
    steps = {
        "entendre": Listen(
            texts=(), topics={"rsa": "numero"}, otherwise="general", unheard="general", keys={}, sure=75
        ),
        "numero": Details(slots=(), then="vers_rsa", keys={}),
        "vers_rsa": HandOver(queue="rsa", priority=4),
        "general": HandOver(queue="generaliste"),
    }
    return msgspec.structs.replace(
        small,
        scripts={"accueil": Script(name="accueil", start="entendre", steps=steps)},
        topics={"rsa": Topic(name="rsa", title="RSA", spoken="le RSA")},
    )


def arrived(interaction: str = A, **changes: Any) -> e.WritingArrived:
    whole = {
        "cause": "pages",
        "request": f"r-{interaction}",
        "interaction": interaction,
        "system": "site",
        "key": "k1",
        "tenant": centres.small().services["solidarites"].tenant,
        "service": "solidarites",
        "channel": "email",
        "language": "fr",
        "sender": None,
        "subject": Personal(interaction, "words", "RSA"),
        "text": Personal(interaction, "words", "Je n'ai rien reçu."),
    }
    return e.WritingArrived(**{**whole, **changes})


def understood(reading: Understanding = RSA, interaction: str = A) -> e.WritingUnderstood:
    return e.WritingUnderstood(cause="speech", interaction=interaction, reading=reading)


@pytest.fixture
def alone() -> Alone:
    return Alone(mind, listening())


def test_a_writing_is_understood_then_a_task_for_those_who_take_such_calls(alone: Alone) -> None:
    said = alone.tell(arrived())
    assert only(said, e.RequestAnswered).interaction == A
    assert only(said, UnderstandWriting).text.text == "RSA\nJe n'ai rien reçu."
    opened = only(alone.tell(understood()), e.TaskOpened)
    assert (opened.kind, opened.queue, opened.topic) == ("written", "rsa", "rsa")
    assert opened.need is not None
    assert (opened.need.channel, opened.need.priority, opened.need.emergency) == ("email", 4, False)
    assert alone.tell(understood()) == [], "told twice, listed once"


def test_the_same_again_has_the_same_name_and_nothing_more_comes_of_it(alone: Alone) -> None:
    alone.tell(arrived())
    again = alone.tell(arrived(B))
    assert names(again) == ["RequestAnswered"]
    assert only(again, e.RequestAnswered).interaction == A
    alone.tell(understood())
    assert only(alone.tell(arrived(B)), e.RequestAnswered).interaction == A
    assert "TaskOpened" not in names(alone.tell(understood(interaction=B)))


def test_what_is_named_is_forgotten_in_the_end(alone: Alone) -> None:
    alone.tell(arrived(), understood())
    while alone.state.writings:
        alone.next()
    assert alone.now_ms - centres.START_MS >= limits.WRITING_NAMED_MS
    assert alone.state.named == {}


@pytest.mark.parametrize(
    "reading",
    [
        Understanding(),
        msgspec.structs.replace(RSA, in_scope=False),
        msgspec.structs.replace(RSA, confidence=60),
        msgspec.structs.replace(RSA, topic="inconnu"),
    ],
)
def test_what_is_unsure_or_not_ours_is_for_the_safe_queue(alone: Alone, reading: Understanding) -> None:
    alone.tell(arrived())
    assert only(alone.tell(understood(reading)), e.TaskOpened).queue == "generaliste"


@pytest.mark.parametrize(
    ("urgency", "priority", "emergency"), [(1, 1, True), (2, 1, False), (3, 3, False), (4, 4, False)]
)
def test_the_graver_the_sooner(alone: Alone, urgency: e.Urgency, priority: int, emergency: bool) -> None:
    alone.tell(arrived())
    opened = only(alone.tell(understood(msgspec.structs.replace(RSA, urgency=urgency))), e.TaskOpened)
    assert opened.need is not None
    assert (opened.need.priority, opened.need.emergency) == (priority, emergency)
    assert (opened.due_at_ms == alone.now_ms) == (urgency <= 2)


def test_what_nobody_understands_in_time_is_read_by_people(alone: Alone) -> None:
    alone.tell(arrived())
    assert only(alone.next(), e.TaskOpened).queue == "generaliste"
    assert alone.tell(understood()) == [], "too late"


def test_what_died_with_the_process_is_understood_by_the_next(alone: Alone) -> None:
    order = only(alone.tell(arrived()), UnderstandWriting)
    lost = e.OrderFailed(cause="start", order="o", command=order, reason="", retryable=True)
    assert only(alone.tell(lost), UnderstandWriting) == msgspec.structs.replace(order, cause="OrderFailed")
    failed = msgspec.structs.replace(lost, cause="speech")
    assert only(alone.tell(failed), e.TaskOpened).queue == "generaliste"


def test_what_a_machine_wrote_is_before_nobody(alone: Alone) -> None:
    assert names(alone.tell(arrived(automatic=True))) == ["RequestAnswered", "WritingSetAside"]
    assert alone.tell(understood()) == []


def test_a_service_of_another_organisation_is_unknown(alone: Alone) -> None:
    for wrong in (arrived(tenant="autre"), arrived(service="rien")):
        answer = only(alone.tell(wrong), e.RequestAnswered)
        assert (answer.done, answer.reason, answer.interaction) == (False, "unknown_service", "")
    assert not alone.state.writings


def test_only_who_has_it_answers_with_a_code_that_there_is(alone: Alone) -> None:
    agent = next(iter(alone.configurations.now.agents))
    alone.tell(arrived(), understood())
    answer = e.WritingAnswered(
        cause="pages", request="r", agent=agent, task=TASK, interaction=A, code="", reply=Personal(A, "words", "Oui.")
    )
    assert only(alone.tell(answer), e.RequestAnswered).reason == "task_not_yours"
    alone.tell(e.TaskClaimed(cause="t", task=TASK, agent=agent, until_at_ms=alone.now_ms + 60_000))
    wrong = msgspec.structs.replace(answer, code="rien")
    assert only(alone.tell(wrong), e.RequestAnswered).reason == "code_unknown"
    closed = only(alone.tell(answer), e.TaskClosed)
    assert (closed.agent, closed.how) == (agent, "done")
