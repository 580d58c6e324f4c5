"""The state of casework and how facts change it."""

from __future__ import annotations

from typing import Final

from casework import conversation, visit
from casework.conversation import Talks
from casework.visit import Visits
from core import events as e
from core.deadlines import Deadlines
from core.mind import Applies, Configurations
from core.table import Table, Undo


class State:
    """All visits, and whom each agent talked with last."""

    __slots__ = ("configurations", "talks", "visits")

    def __init__(self, undo: Undo, deadlines: Deadlines, configurations: Configurations) -> None:
        self.visits: Visits = Table(undo, deadlines.watcher("visit"))
        self.talks: Talks = Table(undo)
        self.configurations = configurations


def _arrived(state: State, fact: e.CallArrived, _now_ms: int) -> None:
    visit.arrived(state.visits, fact)


def _begun(state: State, fact: e.DialogueStarted, _now_ms: int) -> None:
    service = state.configurations.by_digest[fact.digest].services.get(fact.service)
    tenant = service.tenant if service is not None else ""
    visit.change(state.visits, fact.interaction, service=fact.service, tenant=tenant)


def _sought(state: State, fact: e.CitizenSought, _now_ms: int) -> None:
    visit.sought(state.visits, fact)


def _found(state: State, fact: e.CitizenFound, _now_ms: int) -> None:
    visit.found(state.visits, fact)


def _connected(state: State, fact: e.CallConnected, _now_ms: int) -> None:
    conversation.connected(state.talks, fact)


def _ended(state: State, fact: e.InteractionEnded, _now_ms: int) -> None:
    state.visits.drop(fact.interaction)


def _deadline(state: State, fact: e.DeadlineReached, _now_ms: int) -> None:
    if fact.kind == "visit":
        visit.deadline(state.visits, fact)


APPLIES: Final[Applies] = {
    e.CallArrived: _arrived,
    e.DialogueStarted: _begun,
    e.CitizenSought: _sought,
    e.CitizenFound: _found,
    e.CallConnected: _connected,
    e.InteractionEnded: _ended,
    e.DeadlineReached: _deadline,
}
