"""What supervisors' orders change in the picture, and the list of them that supervisors see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from core import events as e
from softphone_ui.rows import AgentLine, Ordered, ShutLine

if TYPE_CHECKING:
    from softphone_ui.picture import Picture

GIVEN: Final = "InstructionGiven"
"""What follows from an order itself; a person who goes on because their queue closed is told with the closing."""


def _moved(picture: Picture, fact: e.ContactMoved, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    contact.queue, contact.need, contact.given_to = fact.need.queue, fact.need, ""
    _note(picture, fact, now_ms, (fact.need.tenant,), interaction=fact.interaction, queue=fact.need.queue)


def _ranked(picture: Picture, fact: e.ContactRanked, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.priority, contact.need = fact.need.priority, fact.need
        of = {"interaction": fact.interaction, "queue": fact.need.queue, "priority": fact.need.priority}
        _note(picture, fact, now_ms, (fact.need.tenant,), **of)


def _given(picture: Picture, fact: e.ContactGiven, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.given_to = fact.agent
        _note(picture, fact, now_ms, (fact.tenant,), interaction=fact.interaction, agent=fact.agent)


def _forced(picture: Picture, fact: e.AgentForced, now_ms: int) -> None:
    line = picture.agents.setdefault(fact.agent, AgentLine())
    line.ordered_by, line.ordered_why = fact.by, fact.reason
    agent = picture.centre.agents.get(fact.agent)
    _note(picture, fact, now_ms, agent.tenants if agent is not None else (), agent=fact.agent, wish=fact.wish)


def _shut(picture: Picture, fact: e.QueueShut, now_ms: int) -> None:
    picture.shut[(fact.queue, fact.tenant)] = ShutLine(until_at_ms=fact.until_at_ms, by=fact.by)
    _note(picture, fact, now_ms, (fact.tenant,), queue=fact.queue, until_at_ms=fact.until_at_ms)


def _open(picture: Picture, fact: e.QueueReopened, now_ms: int) -> None:
    picture.shut.pop((fact.queue, fact.tenant), None)
    if fact.by:
        _note(picture, fact, now_ms, (fact.tenant,), queue=fact.queue)


def _note(picture: Picture, fact: Any, now_ms: int, tenants: tuple[str, ...], **of: Any) -> None:
    """One line for one order, though it may hold for several organisations."""
    if fact.cause != GIVEN:
        return
    row = Ordered(at_ms=now_ms, by=fact.by, what=type(fact).__name__, reason=fact.reason, tenants=tenants, **of)
    picture.order(row)


INSTRUCTED: Final[dict[type[object], Callable[[Picture, Any, int], None]]] = {
    e.ContactMoved: _moved,
    e.ContactRanked: _ranked,
    e.ContactGiven: _given,
    e.AgentForced: _forced,
    e.QueueShut: _shut,
    e.QueueReopened: _open,
}
