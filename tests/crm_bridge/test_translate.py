"""Which fact tells what to whom: a table, and what must never be told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import msgspec
import pytest

from core import events as e
from core import ids
from core.events.base import Event
from core.events.calls import Outcome
from core.personal import Personal
from crm_bridge.translate import (
    PROTECTED,
    TOLD_OF,
    TYPES,
    Allowed,
    Telling,
    Thread,
    for_endpoint,
    interaction_of,
    protects,
    tell,
)
from runtime.settings import compile_content
from tests.crm_bridge import calls
from tests.replay.record import HERE, WIRE

A = calls.interaction(1)
WORDS = frozenset(PROTECTED)
CENTRE = calls.centre()
JOURNALS = sorted((HERE / "journals").glob("*/*.jsonl"))
ALL = Allowed(protected_topics=True, record=True)


TASK = e.TaskOpened(
    cause="t",
    task=f"{A}-t",
    kind="message",
    interaction=A,
    tenant="aure",
    service="solidarites",
    queue="rsa",
    topic="rsa",
    number=None,
    caller_key="",
    message="m",
    since_at_ms=calls.NOW_MS,
    due_at_ms=calls.NOW_MS,
    expires_at_ms=calls.NOW_MS,
    attempts=1,
)
CLOSED = e.TaskClosed(cause="t", task=f"{A}-t", agent="alice", how="done")
PLACED = e.CallPlaced(
    cause="t",
    request="r",
    interaction=A,
    agent="alice",
    phone="1001",
    leg=ids.agent_leg(A, 1),
    service=next(iter(CENTRE.services)),
    number=Personal(A, "number", calls.NUMBER),
    task="",
    kind="mobile",
    line="operateur",
    node="allo",
)


def handed_on(entry: str) -> list[Event]:
    leg = ids.dialled_leg(A, 1)
    return [
        e.TransferStarted(cause="t", interaction=A, agent="alice", entry=entry, leg=leg, line="operateur", queue=""),
        e.TransferFailed(cause="t", interaction=A, entry=entry, reason="busy"),
        e.TransferStarted(cause="t", interaction=A, agent="alice", entry="", leg="", line="", queue="rsa"),
        e.TransferJoined(cause="t", interaction=A, entry=entry, leg=leg),
    ]


def tellings(facts: list[Event]) -> list[Telling]:
    thread: Thread | None = None
    found = []
    for number, fact in enumerate(facts):
        thread, telling = tell(thread, fact, calls.NOW_MS + 1_000 * number, CENTRE, WORDS)
        if telling is not None:
            found.append(telling)
    return found


def told(facts: list[Event], allowed: Allowed | None = None) -> list[tuple[dict[str, Any], str | None]]:
    chosen = [for_endpoint(telling, allowed or Allowed()) for telling in tellings(facts)]
    return [one for one in chosen if one is not None]


def promised() -> list[Event]:
    callback = {"interaction": calls.interaction(9), "task": f"{A}-t", "queue": "rsa", "agent": "alice"}
    return [
        calls.facts(A)[0],
        e.CallbackAsked(cause="t", interaction=A, queue="rsa"),
        msgspec.structs.replace(TASK, kind="callback"),
        e.CallbackPutOff(cause="t", **callback, why="turn", tries=0, until_at_ms=None),
        e.CallbackPutOff(cause="t", **callback, why="unreached", tries=1, until_at_ms=calls.NOW_MS),
        e.CallbackKept(cause="t", interaction=calls.interaction(9), task=f"{A}-t", queue="rsa"),
        e.CallbackLeft(cause="t", **callback, tries=2),
    ]


def test_what_becomes_of_a_promised_callback_is_told_under_the_interaction_that_it_was_promised_to() -> None:
    facts = promised()
    assert [interaction_of(fact) for fact in facts] == [A] * len(facts)
    found = [body for body, _ in told(facts)]
    kinds = [body["type"] for body in found]
    assert kinds[1:] == ["callback.asked", "task.opened", "callback.unreached", "callback.kept", "callback.left"]
    assert (found[3]["data"]["tries"], found[5]["data"]["tries"]) == (1, 2)
    assert "topic" not in found[4]["data"]


def test_a_callback_that_was_agreed_on_is_told_though_nobody_called() -> None:
    agreed = msgspec.structs.replace(TASK, kind="callback", by="alice", from_at_ms=calls.NOW_MS)
    (body, _), (after, _) = told([agreed, CLOSED])
    assert (body["type"], body["data"]["service"], after["type"]) == ("task.opened", "solidarites", "task.closed")
    assert body["data"]["from_at"] == body["data"]["due_at"]


def ended(outcome: Any) -> e.InteractionEnded:
    return e.InteractionEnded(cause="t", interaction=A, outcome=outcome, reason="x")


def test_a_whole_call_is_told_in_its_order_with_ids_that_count() -> None:
    found = tellings(calls.facts(A))
    assert [one.type.removeprefix("interaction.") for one in found] == [
        "arrived", "qualified", "queued", "offered", "connected", "ended",
    ]  # fmt: skip
    assert [one.id for one in found] == [f"{A}-w{number}" for number in range(1, 7)]


WHOLE = {"interaction": A, "tenant": "yvelines", "service": "solidarites", "channel": "telephone"}


@pytest.mark.parametrize(
    ("at", "kind", "data"),
    [
        (0, "interaction.arrived", {}),
        (1, "interaction.qualified", {"queue": "rsa", "topic": "rsa_paiement", "language": "fr", "priority": 5}),
        (2, "interaction.queued", {"queue": "rsa"}),
        (3, "interaction.offered", {"agent": "alice"}),
        (4, "interaction.connected", {"agent": "alice"}),
        (
            5,
            "interaction.ended",
            {
                "outcome": "answered",
                "arrived_at": "2026-10-12T06:30:00.000Z",
                "connected_at": "2026-10-12T06:30:05.000Z",
                "duration_ms": 6_000,
            },
        ),
    ],
)
def test_each_webhook_holds_this_and_nothing_else(at: int, kind: str, data: dict[str, Any]) -> None:
    body, record = told(calls.facts(A))[at]
    service = next(iter(CENTRE.services))
    assert (body["type"], body["data"], record) == (kind, {**WHOLE, "service": service, **data}, None)
    assert set(body) == {"type", "timestamp", "data"}


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("answered", "interaction.ended"),
        ("resolved", "interaction.ended"),
        ("converted", "interaction.ended"),
        ("abandoned", "interaction.abandoned"),
        ("lost", "interaction.lost"),
    ],
)
def test_each_outcome_has_its_type(outcome: str, kind: str) -> None:
    assert told([calls.facts(A)[0], ended(outcome)])[-1][0]["type"] == kind


def test_a_number_a_name_a_pseudonym_or_a_record_is_never_in_a_body() -> None:
    for body, _record in told(calls.facts(A), ALL):
        text = msgspec.json.encode(body).decode()
        for word in (calls.NUMBER, "39980001", "pseudonym", "78-1"):
            assert word not in text


def test_the_record_goes_beside_to_the_endpoint_that_may_know_it() -> None:
    assert {record for _body, record in told(calls.facts(A), Allowed(record=True))} == {None, "78-1"}
    assert {record for _body, record in told(calls.facts(A))} == {None}


def test_of_a_discreet_service_nothing_is_told_to_anybody() -> None:
    assert told(calls.facts(A, dialled=calls.DISCREET), ALL) == []


def test_of_a_protected_topic_only_what_every_interaction_has() -> None:
    for call in ({"topic": "violences_conjugales"}, {"queue": "pmi"}, {"topic": "ase"}):
        found = told(calls.facts(A, **call), Allowed(record=True))
        assert [body["type"] for body, _record in found][:2] == ["interaction.arrived", "interaction.qualified"]
        for body, record in found[1:]:
            assert record is None
            assert not {"queue", "topic", "agent", "language", "priority"} & set(body["data"])
        assert [record for _body, record in found] == [None] * len(found)


def test_a_service_that_is_protected_by_its_name_is_told_only_where_allowed() -> None:
    facts = calls.facts(A, dialled=calls.PROTECTED)
    assert told(facts) == []
    assert len(told(facts, Allowed(protected_topics=True))) == 6


def test_an_endpoint_gets_its_tenants_and_its_events() -> None:
    assert told(calls.facts(A), Allowed(tenants=("hauts_de_seine",))) == []
    only = told(calls.facts(A), Allowed(tenants=("yvelines",), events=("interaction.ended",)))
    assert [body["type"] for body, _record in only] == ["interaction.ended"]


def test_a_message_and_a_task_are_told_even_after_the_end() -> None:
    message = e.MessageRecorded(cause="t", interaction=A, message="m", path="/x.wav", duration_ms=4_000)
    silent = e.MessageRecorded(cause="t", interaction=A, message="m", path="/x.wav", duration_ms=0)
    found = told([calls.facts(A)[0], ended("abandoned"), silent, message])
    assert [body["type"] for body, _record in found] == ["interaction.arrived", "interaction.abandoned", "message.left"]
    assert "x.wav" not in str(found)


def test_the_record_of_whom_we_call_for_a_task_is_told_to_nobody_until_an_agent_has_asked_who_they_are() -> None:
    """The call does not know what the task was about: that may be protected."""
    record = Personal(A, "record", "c-1")
    sought = e.CitizenFound(cause="crm_bridge", interaction=A, how="one", record=record)
    placed = msgspec.structs.replace(PLACED, task=f"{A}-t")
    assert [beside for _, beside in told([placed, sought, ended("reached")], ALL)] == [None, None]
    asked = msgspec.structs.replace(sought, cause="CitizenNamed")
    assert [beside for _, beside in told([placed, asked, ended("reached")], ALL)] == [None, "c-1"]


def test_a_call_that_an_agent_places_is_told_from_its_beginning() -> None:
    connected = e.CallConnected(cause="t", interaction=A, agent="alice", leg=PLACED.leg)
    found = told([PLACED, connected, ended("reached")])
    assert [body["type"] for body, _record in found] == [
        "interaction.placed", "interaction.connected", "interaction.ended",
    ]  # fmt: skip
    assert found[0][0]["data"] == {**WHOLE, "service": PLACED.service, "agent": "alice"}
    assert found[-1][0]["data"]["outcome"] == "reached"
    for_task = msgspec.structs.replace(PLACED, task=f"{A}-t")
    assert told([for_task])[0][0]["data"]["task"] == f"{A}-t"
    assert told([msgspec.structs.replace(PLACED, service="discret")], ALL) == []
    assert told([msgspec.structs.replace(PLACED, service="gone")], ALL) == []


def moved(left: str) -> e.ContactMoved:
    need = e.Need(queue="accueil", skills=(), priority=5, topic="rsa", language="fr")
    return e.ContactMoved(cause="t", interaction=A, left=left, need=need, by="odile", reason="afflux")


def test_who_is_moved_to_another_queue_is_told_with_both_and_without_the_reason() -> None:
    body = told([*calls.facts(A)[:3], moved("rsa")])[-1][0]
    assert (body["type"], body["data"]) == ("interaction.moved", {**WHOLE, "queue": "accueil", "left": "rsa"})
    guarded = told([*calls.facts(A)[:3], moved("violences")])[-1][0]
    assert guarded["data"] == WHOLE


def test_a_conversation_that_is_handed_on_is_told_step_by_step() -> None:
    found = [body for body, _record in told([calls.facts(A)[0], *handed_on("mdph")])][1:]
    assert [body["type"] for body in found] == [
        "transfer.started", "transfer.failed", "transfer.started", "transfer.joined",
    ]  # fmt: skip
    said = [
        {name: body["data"][name] for name in ("agent", "entry", "queue") if name in body["data"]} for body in found
    ]
    assert said == [
        {"agent": "alice", "entry": "mdph"}, {"entry": "mdph"}, {"agent": "alice", "queue": "rsa"}, {"entry": "mdph"},
    ]  # fmt: skip


def test_to_whom_a_conversation_is_handed_on_is_guarded_as_its_topic_is() -> None:
    found = [body for body, _record in told([calls.facts(A)[0], *handed_on("violences_femmes")])][1:]
    assert len(found) == 4
    assert not {"agent", "entry", "queue"} & {name for body in found for name in body["data"]}


def test_a_task_is_told_until_it_is_closed_and_says_nothing_of_the_words() -> None:
    found = [body for body, _record in told([calls.facts(A)[0], TASK, CLOSED])]
    assert [body["type"] for body in found] == ["interaction.arrived", "task.opened", "task.closed"]
    closed = found[-1]["data"]
    assert (closed["interaction"], closed["task"], closed["how"], closed["agent"]) == (A, TASK.task, "done", "alice")
    guarded = msgspec.structs.replace(TASK, topic="pmi")
    assert [body["type"] for body, _record in told([calls.facts(A)[0], guarded, CLOSED])] == ["interaction.arrived"]


def test_a_message_left_twice_keeps_its_tasks_apart() -> None:
    second = msgspec.structs.replace(CLOSED, task=ids.task(ids.message(A, 2)), how="expired", agent="")
    body = told([calls.facts(A)[0], second])[-1][0]
    assert (body["data"]["interaction"], body["data"]["how"]) == (A, "expired")
    assert "agent" not in body["data"]


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_every_body_of_a_recorded_journal_is_as_the_schema_says(path: Path) -> None:
    said = schema()
    head, *lines, _end = path.read_text(encoding="utf-8").splitlines()
    centre = compile_content(json.loads(head)["content"].encode())
    threads: dict[str, Thread] = {}
    count = 0
    for seq, line in enumerate(lines, start=1):
        step = WIRE.decode(line.encode(), seq)
        for fact in (step.input, *step.facts):
            if not isinstance(fact, TOLD_OF):
                continue
            of = interaction_of(fact)
            thread, telling = tell(threads.get(of), fact, step.now_ms, centre, WORDS)
            if thread is not None:
                threads[of] = thread
            if telling is not None and (chosen := for_endpoint(telling, ALL)) is not None:
                jsonschema_rs.validate(said, chosen[0])
                count += 1
    assert count or not any("CallArrived" in line or "CallPlaced" in line for line in lines)


def test_what_is_not_known_from_its_arrival_is_not_told() -> None:
    assert tellings(calls.facts(A)[1:]) == []


@pytest.mark.parametrize(
    ("name", "guarded"),
    [("pmi", True), ("pmi_92", True), ("sante_sexuelle", True), ("rsa", False), ("phase", False), ("", False)],
)
def test_a_word_protects_as_a_whole_word(name: str, guarded: bool) -> None:
    assert protects(name, WORDS) is guarded


def test_every_type_is_named_once_and_every_fact_that_tells_is_known() -> None:
    assert len(set(TYPES)) == len(TYPES)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+", kind) for kind in TYPES)
    assert e.CallArrived in TOLD_OF


def schema() -> Any:
    return msgspec.json.decode((Path(__file__).parents[2] / "config" / "webhooks.schema.json").read_bytes())


def test_every_body_is_as_the_schema_says() -> None:
    said = schema()
    message = e.MessageRecorded(cause="t", interaction=A, message="m", path="/x.wav", duration_ms=4_000)
    arrived = calls.facts(A)[0]
    lives = [calls.facts(A), [arrived, ended("abandoned"), message, TASK, CLOSED], [arrived, ended("lost")]]
    lives += [[PLACED, ended("unreached")], [arrived, *handed_on("mdph"), moved("rsa")], promised()]
    bodies = [body for life in lives for body, _record in told(life)]
    for body in bodies:
        jsonschema_rs.validate(said, body)
    assert {body["type"] for body in bodies} == set(TYPES)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(said, {**bodies[0], "number": "x"})


def test_the_schema_and_the_page_name_every_type_and_outcome() -> None:
    said = schema()["properties"]
    assert said["type"]["enum"] == list(TYPES)
    assert set(said["data"]["properties"]["outcome"]["enum"]) == set(get_args(Outcome))
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert [kind for kind in TYPES if f"| `{kind}` |" not in page] == []
    assert [name for name in said["data"]["properties"] if f"`{name}`" not in page] == []
