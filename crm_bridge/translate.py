"""What happened, as other systems are told: kept facts in, webhooks out.  Pure.

A webhook holds no number, no name, no word said.  Of a discreet service nothing is told at all.  Of a protected topic
(violence, ASE, PMI, health) only what every interaction has: neither topic nor queue nor agent nor record, unless the
endpoint is allowed them.  docs/webhooks.md shows every one, config/webhooks.schema.json says it to machines.

The id of a webhook is its interaction's with a counter that goes on over restarts, because it is folded from the same
facts in the same order: the same fact always has the same id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from core import events as e
from core.centre import Centre, Service
from core.events.base import Event
from core.ids import InteractionId

TYPES: Final = (
    "interaction.arrived",
    "interaction.qualified",
    "interaction.queued",
    "interaction.offered",
    "interaction.connected",
    "interaction.ended",
    "interaction.abandoned",
    "interaction.lost",
    "message.left",
    "task.opened",
    "task.closed",
    "interaction.placed",
    "transfer.started",
    "transfer.joined",
    "transfer.failed",
    "interaction.moved",
    "callback.asked",
    "callback.unreached",
    "callback.kept",
    "callback.left",
)
# Of a protected interaction not even that there is such a thing.
QUIET: Final = (
    "message.left",
    "task.opened",
    "task.closed",
    "callback.asked",
    "callback.unreached",
    "callback.kept",
    "callback.left",
)
# A UUID, as core.ids mints them.
ID_CHARACTERS: Final = 36
# Words of topics, queues and services that are protected unless the configuration says otherwise.
PROTECTED: Final = ("violence", "violences", "ase", "pmi", "sante", "sexuelle", "protection", "enfance", "crip")
OPEN: Final = ("interaction", "tenant", "service", "channel", "outcome", "arrived_at", "connected_at", "duration_ms")
"""What is told even of a protected interaction."""


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of an interaction from one of its facts to the next; `told` counts its webhooks.

    `hidden`: its service is discreet, nothing is told.  `protected_service`: even the service's name says too much.
    `task_until_at_ms`: so long a task of it may be open.  `placed`: we called them.
    """

    tenant: str
    service: str
    arrived_at_ms: int
    hidden: bool
    protected_service: bool
    protected: bool = False
    told: int = 0
    connected_at_ms: int | None = None
    record: str | None = None
    placed: bool = False
    task_until_at_ms: int = 0


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook before anybody is chosen to get it."""

    id: str
    type: str
    interaction: InteractionId
    at_ms: int
    data: dict[str, Any]
    thread: Thread


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint may be told; no `tenants`: of all."""

    events: tuple[str, ...] = TYPES
    tenants: tuple[str, ...] = ()
    protected_topics: bool = False
    record: bool = False


def protects(name: str, words: frozenset[str]) -> bool:
    """Whether a name (`sante_sexuelle`, `pmi_92`) holds one of the protected words."""
    return not words.isdisjoint(re.split(r"[^a-z0-9]+", name.casefold()))


def tell(
    thread: Thread | None, fact: Event, now_ms: int, centre: Centre, words: frozenset[str]
) -> tuple[Thread | None, Telling | None]:
    """What `fact` changes of what is remembered, and what it tells others."""
    if isinstance(fact, e.CallArrived):
        thread = thread or _begun(centre.service_of(fact.dialled), now_ms, words)
        return _told(thread, fact.interaction, "interaction.arrived", now_ms, {})
    if isinstance(fact, e.TaskOpened) and fact.by and fact.service in centre.services:
        thread = thread or _begun(centre.services[fact.service], now_ms, words)  # nobody called: it was agreed on
    if isinstance(fact, e.CallPlaced):
        service = centre.services.get(fact.service)
        if service is None:  # gone with another configuration: what may be told of it, nobody knows
            return None, None
        thread = thread or msgspec.structs.replace(_begun(service, now_ms, words), placed=True)
        return _told(thread, fact.interaction, "interaction.placed", now_ms, _placed(fact))
    if thread is None:
        return None, None
    if isinstance(fact, e.CitizenFound):
        if thread.placed and fact.cause != e.CitizenNamed.__name__:
            # Of whom we call, for a topic that is not known here and may be protected, the record is the page's alone.
            return thread, None
        record = fact.record.text if fact.record is not None else None
        return msgspec.structs.replace(thread, record=record), None
    teller = _TELLERS.get(type(fact))
    if teller is None:
        return thread, None
    thread, kind, data = teller(thread, fact, now_ms, words)
    return _told(thread, interaction_of(fact), kind, now_ms, data) if kind else (thread, None)


def _begun(service: Service, now_ms: int, words: frozenset[str]) -> Thread:
    return Thread(
        tenant=service.tenant,
        service=service.name,
        arrived_at_ms=now_ms,
        hidden=service.discreet,
        protected_service=protects(service.name, words),
        protected=protects(service.name, words),
    )


def _told(
    thread: Thread, interaction: InteractionId, kind: str, now_ms: int, data: dict[str, Any]
) -> tuple[Thread, Telling]:
    thread = msgspec.structs.replace(thread, told=thread.told + 1)
    whole = {
        "interaction": interaction,
        "tenant": thread.tenant,
        "service": thread.service,
        "channel": "telephone",
        **data,
    }
    name = f"{interaction}-w{thread.told}"
    return thread, Telling(id=name, type=kind, interaction=interaction, at_ms=now_ms, data=whole, thread=thread)


_Told = tuple[Thread, str, dict[str, Any]]
_Teller = Callable[[Thread, Any, int, frozenset[str]], _Told]


def _need(thread: Thread, need: e.Need, words: frozenset[str]) -> tuple[Thread, dict[str, Any]]:
    guarded = thread.protected or protects(need.topic, words) or protects(need.queue, words)
    thread = msgspec.structs.replace(thread, protected=guarded)
    return thread, {"queue": need.queue, "topic": need.topic, "language": need.language, "priority": need.priority}


def _qualified(thread: Thread, fact: e.NeedStated, _now_ms: int, words: frozenset[str]) -> _Told:
    thread, data = _need(thread, fact.need, words)
    return thread, "interaction.qualified", data


def _queued(thread: Thread, fact: e.InteractionQueued, _now_ms: int, words: frozenset[str]) -> _Told:
    thread, data = _need(thread, fact.need, words)
    return thread, "interaction.queued", {"queue": data["queue"]}


def _moved(thread: Thread, fact: e.ContactMoved, _now_ms: int, words: frozenset[str]) -> _Told:
    """Why it was moved is a supervisor's word, and stays here."""
    thread, data = _need(thread, fact.need, words)
    thread = msgspec.structs.replace(thread, protected=thread.protected or protects(fact.left, words))
    return thread, "interaction.moved", {"queue": data["queue"], "left": fact.left}


def _placed(fact: e.CallPlaced) -> dict[str, Any]:
    return {"agent": fact.agent, **({"task": fact.task} if fact.task else {})}


def _offered(thread: Thread, fact: e.AgentChosen, _now_ms: int, _words: frozenset[str]) -> _Told:
    return thread, "interaction.offered", {"agent": fact.agent}


def _connected(thread: Thread, fact: e.CallConnected, now_ms: int, _words: frozenset[str]) -> _Told:
    thread = msgspec.structs.replace(thread, connected_at_ms=thread.connected_at_ms or now_ms)
    return thread, "interaction.connected", {"agent": fact.agent}


def _ended(thread: Thread, fact: e.InteractionEnded, now_ms: int, _words: frozenset[str]) -> _Told:
    kind = f"interaction.{fact.outcome}" if fact.outcome in ("abandoned", "lost") else "interaction.ended"
    return (
        thread,
        kind,
        {
            "outcome": fact.outcome,
            "arrived_at": stamp(thread.arrived_at_ms),
            "connected_at": stamp(thread.connected_at_ms),
            "duration_ms": now_ms - thread.arrived_at_ms,
        },
    )


def _left(thread: Thread, fact: e.MessageRecorded, _now_ms: int, _words: frozenset[str]) -> _Told:
    return thread, "message.left" if fact.duration_ms else "", {"message_ms": fact.duration_ms}


def _opened(thread: Thread, fact: e.TaskOpened, _now_ms: int, words: frozenset[str]) -> _Told:
    guarded = thread.protected or protects(fact.topic, words) or protects(fact.queue, words)
    thread = msgspec.structs.replace(thread, protected=guarded, task_until_at_ms=fact.expires_at_ms)
    due = stamp(fact.due_at_ms)
    agreed = {"from_at": stamp(fact.from_at_ms)} if fact.from_at_ms is not None else {}
    return (
        thread,
        "task.opened",
        {"task": fact.task, "kind": fact.kind, "queue": fact.queue, "topic": fact.topic, "due_at": due, **agreed},
    )


def _closed(thread: Thread, fact: e.TaskClosed, _now_ms: int, _words: frozenset[str]) -> _Told:
    by = {"agent": fact.agent} if fact.agent else {}
    return thread, "task.closed", {"task": fact.task, "how": fact.how, **by}


def _asked(thread: Thread, fact: e.CallbackAsked, _now_ms: int, words: frozenset[str]) -> _Told:
    thread = msgspec.structs.replace(thread, protected=thread.protected or protects(fact.queue, words))
    return thread, "callback.asked", {"queue": fact.queue}


def _put_off(thread: Thread, fact: e.CallbackPutOff, _now_ms: int, _words: frozenset[str]) -> _Told:
    """That nobody answered; turns, hours and telephones of ours are nobody else's matter."""
    kind = "callback.unreached" if fact.why == "unreached" else ""
    return thread, kind, {"task": fact.task, "tries": fact.tries, "again_at": stamp(fact.until_at_ms)}


def _kept(thread: Thread, fact: e.CallbackKept, _now_ms: int, _words: frozenset[str]) -> _Told:
    return thread, "callback.kept", {"task": fact.task}


def _given_up(thread: Thread, fact: e.CallbackLeft, _now_ms: int, _words: frozenset[str]) -> _Told:
    return thread, "callback.left", {"task": fact.task, "tries": fact.tries}


def _handing(thread: Thread, fact: e.TransferStarted, _now_ms: int, words: frozenset[str]) -> _Told:
    """To whom says what about: an entry of the directory may be a shelter, a queue that of child protection."""
    guarded = thread.protected or protects(fact.entry, words) or protects(fact.queue, words)
    thread = msgspec.structs.replace(thread, protected=guarded)
    said = {"agent": fact.agent, "entry": fact.entry, "queue": fact.queue}
    return thread, "transfer.started", {name: value for name, value in said.items() if value}


def _joined(thread: Thread, fact: e.TransferJoined, _now_ms: int, _words: frozenset[str]) -> _Told:
    return thread, "transfer.joined", {"entry": fact.entry}


def _not_taken(thread: Thread, fact: e.TransferFailed, _now_ms: int, _words: frozenset[str]) -> _Told:
    return thread, "transfer.failed", {"entry": fact.entry}


_TELLERS: Final[dict[type[Event], _Teller]] = {
    e.NeedStated: _qualified,
    e.InteractionQueued: _queued,
    e.ContactMoved: _moved,
    e.AgentChosen: _offered,
    e.CallConnected: _connected,
    e.InteractionEnded: _ended,
    e.MessageRecorded: _left,
    e.TaskOpened: _opened,
    e.TaskClosed: _closed,
    e.CallbackAsked: _asked,
    e.CallbackPutOff: _put_off,
    e.CallbackKept: _kept,
    e.CallbackLeft: _given_up,
    e.TransferStarted: _handing,
    e.TransferJoined: _joined,
    e.TransferFailed: _not_taken,
}
TOLD_OF: Final[tuple[type[Event], ...]] = (e.CallArrived, e.CallPlaced, e.CitizenFound, *_TELLERS)
"""The facts that matter here; all others are passed over."""


def interaction_of(fact: Any) -> InteractionId:
    """The interaction that a fact of TOLD_OF is about; that of a task, and of what becomes of it, is in the task's name
    (core.ids.task): each call of a promised callback is an interaction of its own."""
    about_task = isinstance(fact, e.TaskClosed | e.CallbackPutOff | e.CallbackKept | e.CallbackLeft)
    found: str = fact.task[:ID_CHARACTERS] if about_task else fact.interaction
    return found


def for_endpoint(telling: Telling, allowed: Allowed) -> tuple[dict[str, Any], str | None] | None:
    """The body that an endpoint gets, and the record's id to be added to its data; None: it gets nothing."""
    thread = telling.thread
    if thread.hidden or telling.type not in allowed.events:
        return None
    if allowed.tenants and thread.tenant not in allowed.tenants:
        return None
    data = telling.data
    record = thread.record if allowed.record else None
    if thread.protected and not allowed.protected_topics:
        if thread.protected_service:
            return None
        if telling.type in QUIET:
            return None
        data = {name: value for name, value in data.items() if name in OPEN}
        record = None
    return {"type": telling.type, "timestamp": stamp(telling.at_ms), "data": data}, record


def stamp(at_ms: int | None) -> str | None:
    """A moment as ISO 8601 in UTC, with milliseconds."""
    if at_ms is None:
        return None
    told = datetime.fromtimestamp(at_ms / 1000, UTC)
    return told.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"
