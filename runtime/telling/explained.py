"""The whole explanation of one interaction, as data and as words: each choice, each order, and why it still waits.

`./allo trace ID --why --json` prints it, the supervisor's page and the API give it within their walls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

import msgspec

from core import events as e
from core.centre import Centre
from core.ids import InteractionId
from core.ports import History
from core.step import Step
from runtime.telling.audited import Journal, as_csv, audited
from runtime.telling.gone import explain_gone, gone
from runtime.telling.story import phrase, told_why
from runtime.telling.why import explain, explain_wait
from softphone_ui.hall import UNKNOWN, WEB

ZONE: Final = "Europe/Paris"

_OVER: Final[dict[type[object], str]] = {
    e.OfferAnswered: "answered",
    e.OfferMissed: "missed",
    e.OfferDeclined: "declined",
    e.OfferFailed: "failed",
    e.OfferWithdrawn: "withdrawn",
}
_TURNS: Final = (e.QueueOverflowed, e.PlaceKept, e.CallbackPutOff, e.CallbackLeft)
"""What decided about somebody's place, beside choices and orders."""
_LOOKS: Final = (e.WaitAsked, e.WaitExplained)
"""Whoever asks about somebody makes nobody of them."""
_ORDERS: Final = (e.ContactMoved, e.ContactRanked, e.ContactGiven)


class Choice(msgspec.Struct, kw_only=True):
    """An agent who was chosen, for an `offer` or to call back for a `task`.

    `became` is what came of it, empty while the telephone rings.
    """

    at_ms: int
    agent: str
    offer: str = ""
    task: str = ""
    why: e.Why
    lines: tuple[str, ...]
    became: str = ""


class Turn(msgspec.Struct, kw_only=True):
    """Something that decided about their place: sent on, a place that was kept, a callback put off."""

    at_ms: int
    words: str
    lines: tuple[str, ...]


class Told(msgspec.Struct, kw_only=True):
    """A supervisor's order about this interaction, in words."""

    at_ms: int
    by: str
    words: str
    reason: str


class Explanations:
    """Implements core.ports.Explains over a `journal`; `centre` is the configuration that holds."""

    def __init__(self, journal: Journal, centre: Callable[[], Centre]) -> None:
        self._journal = journal
        self._centre = centre

    def history(self, interaction: InteractionId) -> History | None:
        """Raises JournalFault."""
        return history(self._journal.steps(interaction=interaction), interaction, self._centre())

    def waiting(self, wait: e.Wait, now_ms: int) -> dict[str, Any]:
        lines = list(explain_wait(wait, now_ms, ZONE, _called(self._centre())))
        return {**msgspec.to_builtins(wait), "lines": lines}

    def audit(self, tenants: frozenset[str], since_ms: int) -> list[dict[str, Any]]:
        """Raises JournalFault."""
        lines = audited(self._journal, self._centre(), tenants, since_ms)
        return [{**msgspec.to_builtins(line), "refused": _words(line.refused)} for line in lines]

    def audit_csv(self, tenants: frozenset[str], since_ms: int) -> str:
        """Raises JournalFault."""
        return as_csv(audited(self._journal, self._centre(), tenants, since_ms), _words)


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = json.loads((WEB / "fr.json").read_text(encoding="utf-8"))
    return texts


def _words(refused: str) -> str:
    """The pages' own words for a refusal; whoever was not there and whoever was not theirs are told alike."""
    if not refused:
        return ""
    key = "nothing" if refused in UNKNOWN else refused
    return _texts().get(f"order.refused.{key}", refused)


def _called(centre: Centre) -> Callable[[str], str]:
    return lambda name: centre.agents[name].display if name in centre.agents else name


def history(steps: Iterable[Step], interaction: InteractionId, centre: Centre) -> History | None:
    """What its steps tell; None if there are none."""
    choices: list[Choice] = []
    orders: list[Told] = []
    turns: list[Turn] = []
    told: dict[str, Any] = {}
    tenant = ""
    kept = list(steps)
    for step in kept:
        for fact in (step.input, *step.facts):
            if getattr(fact, "interaction", None) != interaction or isinstance(fact, _LOOKS):
                continue
            told.setdefault("arrived_at_ms", step.now_ms)
            if isinstance(fact, e.DialogueStarted):
                told["service"] = fact.service
            elif isinstance(fact, e.InteractionQueued | e.ContactMoved | e.CallbackDue):
                told["queue"], tenant = fact.need.queue, fact.need.tenant
            elif isinstance(fact, e.InteractionEnded):
                told["outcome"], told["ended_at_ms"] = fact.outcome, step.now_ms
            _take(fact, step.now_ms, choices, orders, centre)
            if isinstance(fact, _TURNS):
                lines = tuple(told_why(fact, ZONE, _called(centre)))
                turns.append(Turn(at_ms=step.now_ms, words=phrase(fact), lines=lines))
    if not told:
        return None
    service = centre.services.get(told.get("service", ""))
    shown = {"interaction": interaction, "service": "", "queue": "", "outcome": "", "ended_at_ms": None, **told}
    kinds = {"choices": choices, "orders": orders, "turns": turns}
    whole = {**shown, **{name: msgspec.to_builtins(rows) for name, rows in kinds.items()}}
    left = gone(kept, interaction, centre)
    if left is not None:
        whole["gone"] = {**msgspec.to_builtins(left), "lines": list(explain_gone(left, ZONE, _called(centre)))}
    return History(tenant=tenant or (service.tenant if service is not None else ""), told=whole)


def _take(fact: Any, at_ms: int, choices: list[Choice], orders: list[Told], centre: Centre) -> None:
    if isinstance(fact, e.AgentChosen | e.CallbackChosen):
        lines = tuple(explain(fact, ZONE, _called(centre)))
        of = {"offer": fact.offer} if isinstance(fact, e.AgentChosen) else {"task": fact.task}
        choices.append(Choice(at_ms=at_ms, agent=fact.agent, why=fact.why, lines=lines, **of))
    elif isinstance(fact, _ORDERS):
        orders.append(Told(at_ms=at_ms, by=fact.by, words=phrase(fact), reason=fact.reason))
    elif (became := _OVER.get(type(fact))) is not None:
        for choice in choices:
            if choice.offer == fact.offer:
                choice.became = became
    elif isinstance(fact, e.CallbackKept | e.CallbackLeft | e.CallbackPutOff):
        for choice in choices:
            if choice.task == fact.task:
                choice.became = _came_of(fact)


def _came_of(fact: e.CallbackKept | e.CallbackLeft | e.CallbackPutOff) -> str:
    if isinstance(fact, e.CallbackPutOff):
        return fact.why
    return "answered" if isinstance(fact, e.CallbackKept) else "left"
