"""Whom an agent may hand a conversation on to, as their page lists it; the kernel judges again when it is asked."""

from __future__ import annotations

from core import opening
from core.centre import Agent, Centre, Entry
from softphone_ui.forms import Reachable
from softphone_ui.picture import Picture


def reachable(picture: Picture, agent: Agent, now_ms: int) -> list[Reachable]:
    """Entries of the directory that are the agent's, colleagues who are here, queues; in the configuration's order.

    Emergency services are those of the organisation whose citizen they talk with.
    """
    directory = picture.centre.directory
    contact = picture.contact_of(agent.name)
    tenant = contact.tenant if contact is not None else ""
    entries = [
        Reachable(
            into="entry" if entry.verified is None else "help",
            to=name,
            title=entry.title,
            number=entry.number,
            deputy=directory[entry.deputy].title if entry.deputy in directory else "",
            there=_there(picture.centre, entry, now_ms),
            words=list(entry.words),
        )
        for name, entry in directory.items()
        if entry.is_for(agent) and (entry.verified is None or entry.answers_for(tenant))
    ]
    queues = [
        Reachable(into="queue", to=name, title=queue.title, free=_free(picture, name))
        for name, queue in picture.centre.queues.items()
    ]
    return entries + _colleagues(picture, agent) + queues


def _there(centre: Centre, entry: Entry, now_ms: int) -> bool:
    hours = centre.hours.get(entry.hours)
    return hours is None or opening.at(hours, now_ms).state != "closed"


def _colleagues(picture: Picture, agent: Agent) -> list[Reachable]:
    """Those who answer for the organisation of the agent's conversation, and are here."""
    contact = picture.contact_of(agent.name)
    tenant = contact.tenant if contact is not None else ""
    here = [
        (name, one, picture.agents[name].state)
        for name, one in picture.centre.agents.items()
        if name != agent.name and tenant in one.tenants and name in picture.agents
    ]
    return [
        Reachable(into="agent", to=name, title=one.display, state=state)
        for name, one, state in here
        if state != "logged_out"
    ]


def _free(picture: Picture, queue: str) -> int:
    """Agents who would be offered a call of the queue now."""
    return sum(
        queue in agent.queues and name in picture.agents and picture.agents[name].state == "available"
        for name, agent in picture.centre.agents.items()
    )
