"""Whom an agent may hand a conversation on to, as their page lists it; the kernel judges again when it is asked."""

from __future__ import annotations

from core.centre import Agent
from softphone_ui.forms import Reachable
from softphone_ui.picture import Picture


def reachable(picture: Picture, agent: Agent) -> list[Reachable]:
    """Entries of the directory that are the agent's, then queues; each in the order of the configuration."""
    directory = picture.centre.directory
    entries = [
        Reachable(
            into="entry",
            to=name,
            title=entry.title,
            number=entry.number,
            deputy=directory[entry.deputy].title if entry.deputy in directory else "",
        )
        for name, entry in directory.items()
        if entry.is_for(agent)
    ]
    queues = [
        Reachable(into="queue", to=name, title=queue.title, free=_free(picture, name))
        for name, queue in picture.centre.queues.items()
    ]
    return entries + queues


def _free(picture: Picture, queue: str) -> int:
    """Agents who would be offered a call of the queue now."""
    return sum(
        queue in agent.queues and name in picture.agents and picture.agents[name].state == "available"
        for name, agent in picture.centre.agents.items()
    )
