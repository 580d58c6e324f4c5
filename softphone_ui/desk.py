"""What an agent's page shows: their own state, the interaction that is theirs, and what is left to do."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import ids
from core.centre import Agent, Centre, Service, Tenant
from softphone_ui import details
from softphone_ui.picture import Picture
from softphone_ui.rows import AgentLine, Contact, Heard, Task

# Tasks shown at once: more than a team calls back in a day, and a page that still scrolls.
TASKS: Final = 200

# Needs that go before all others (scripts give 5 to most).
URGENT: Final = 2

ELSEWHERE: Final = "elsewhere"
"""Instead of what the records said, for whoever helps out for another organisation."""

_PHASES: Final = {"offered": "offered", "on_interaction": "talking", "wrap_up": "wrap_up"}

Shown = dict[str, Any]


def desk(picture: Picture, agent: Agent, record: Shown | None) -> Shown:
    """The whole page of `agent`; `record` is what they may see of the citizen's record, if it has been read.

    Of the call of another organisation they learn nothing of what its records say, not even whether these know the
    person.
    """
    line = picture.agents.get(agent.name, AgentLine())
    contact = picture.contact_of(agent.name)
    return {
        "view": "desk",
        "me": {
            **msgspec.to_builtins(line),
            **_own(picture, line, contact),
            "ordered_by": _display(picture, line.ordered_by),
        },
        "contact": None if contact is None else _contact(picture, agent, line, contact, record),
        "offer": _task(picture, agent, picture.tasks[line.preview]) if line.preview in picture.tasks else None,
        "tasks": [_task(picture, agent, task) for task in tasks_of(picture, agent)[:TASKS]],
    }


def _own(picture: Picture, line: AgentLine, contact: Contact | None) -> Shown:
    """Of a wrap-up: how much longer it may be made, and whether it needs a code; of a pause: how long it may last."""
    centre = picture.centre
    pause = centre.pauses.get(line.reason) if line.state == "paused" else None
    queue = centre.queues.get(contact.queue) if contact is not None and line.state == "wrap_up" else None
    return {
        "longest_ms": pause.longest_ms if pause is not None else None,
        "more_ms": queue.wrap_up_more_ms if queue is not None and not line.extended else 0,
        "code_required": queue is not None and queue.code_required,
    }


def _contact(picture: Picture, agent: Agent, line: AgentLine, contact: Contact, record: Shown | None) -> Shown:
    service = picture.service(contact.service)
    tenant = picture.centre.tenants.get(contact.tenant)
    return {
        "interaction": contact.interaction,
        "offer": contact.offer,
        "phase": "placed" if contact.state == "placed" else _PHASES.get(line.state, "over"),
        "outgoing": contact.outgoing,
        "citizen_first": contact.citizen_first,
        "tenant": tenant.title if tenant is not None else "",
        "service": service.title if service is not None else "",
        "greeting": service.greeting if service is not None else "",
        "queue": _queue_title(picture.centre, contact.queue),
        "language": _language(contact, agent, service),
        "interpreter": _interpreter(contact, agent, tenant),
        "topic": contact.topic,
        "topic_title": _topic_title(picture.centre, contact.topic),
        "urgent": contact.priority <= URGENT,
        "arrived_at_ms": contact.arrived_at_ms,
        "queued_at_ms": contact.queued_at_ms,
        "connected_at_ms": contact.connected_at_ms,
        "number": contact.number.text if contact.number is not None else None,
        "found": contact.found if contact.tenant in agent.tenants else ELSEWHERE,
        "record": record,
        "code": contact.code,
        "heard": _heard(picture.centre, contact),
        "handed": _handed(picture, agent.name, contact),
        "help": _help(picture.centre, contact),
    }


def _language(contact: Contact, agent: Agent, service: Service | None) -> str:
    """The language that the person chose, if it is not the service's own."""
    spoken = contact.need.language if contact.need is not None else ""
    return spoken if service is not None and spoken != service.language else ""


def _interpreter(contact: Contact, agent: Agent, tenant: Tenant | None) -> str:
    """How to reach somebody who speaks it, for an agent who does not."""
    spoken = contact.need.language if contact.need is not None else ""
    understood = not spoken or not agent.languages or spoken in agent.languages
    return "" if understood or tenant is None else tenant.interpreter


def _heard(centre: Centre, contact: Contact) -> Shown | None:
    """What they said, as they said it, and what was made of that; for whoever speaks with them, and nobody else."""
    return None if contact.heard is None else _understood(centre, contact.heard, contact.topic)


def _understood(centre: Centre, heard: Heard, followed: str) -> Shown:
    topic = heard.topic or followed
    return {
        "words": [words.text for words in heard.words if words.text],
        "topic": topic,
        "title": _topic_title(centre, topic),
        "confidence": heard.confidence,
        "urgency": heard.urgency,
        "danger": heard.danger,
        "vulnerable": heard.vulnerable,
        "corrected": heard.corrected,
        "details": [
            {
                "kind": detail.kind,
                "value": detail.value.text,
                "shown": details.shown(centre, detail.kind, detail.value.text),
                "said": detail.said.text,
                "confidence": detail.confidence,
            }
            for detail in heard.details
            if detail.value.text is not None
        ],
        "missing": heard.missing,
    }


def _handed(picture: Picture, agent: str, contact: Contact) -> Shown | None:
    """What became of the conversation that this agent hands on, for as long as it is theirs to speak or write of; or
    which colleague wants to speak with them first, of whom they are asked to take."""
    handed = contact.handed
    if handed is None:
        return None
    centre = picture.centre
    if handed.by != agent:
        asks = centre.agents.get(handed.by)
        return {"to": asks.display, "state": "asks"} if asks is not None and handed.consult else None
    if handed.number is not None:
        # Whoever typed it may read it again, and nobody else.
        return {"to": "", "number": handed.number.text, "state": handed.state}
    if handed.queue:
        to = _queue_title(centre, handed.queue)
    elif handed.entry in centre.directory:
        to = centre.directory[handed.entry].title
    else:
        to = centre.agents[handed.entry].display if handed.entry in centre.agents else ""
    return {"to": to, "state": handed.state}


def _help(centre: Centre, contact: Contact) -> Shown | None:
    """The emergency service in their conversation; `there`: whether there is one to call."""
    there = any(one.verified is not None and one.answers_for(contact.tenant) for one in centre.directory.values())
    called = contact.help
    if called is None:
        return {"there": there, "to": "", "state": "", "why": ""}
    to = centre.directory[called.entry].title if called.entry in centre.directory else ""
    return {"there": there, "to": to, "state": called.state, "why": called.why}


def _topic_title(centre: Centre, name: str) -> str:
    """As the configuration has it; a page finds words for those that are in none."""
    return centre.topics[name].title if name in centre.topics else ""


def _queue_title(centre: Centre, name: str) -> str:
    queue = centre.queues.get(name)
    return queue.title if queue is not None else name


def may_see(picture: Picture, agent: Agent, task: Task) -> bool:
    """A task is for those who answer for its tenant and serve its queue; supervisors see those of every queue.

    Nothing of a discreet service is listed, but for what people left or wrote to us: it says no number.
    """
    service = picture.service(task.opened.service)
    return (
        task.opened.tenant in agent.tenants
        and (task.opened.queue in agent.queues or agent.role == "supervisor")
        and (task.opened.kind in ("message", "written") or service is None or not service.discreet)
    )


def may_listen(picture: Picture, agent: Agent, task: Task) -> bool:
    """A message is heard by whoever has taken it, and by supervisors."""
    watches = agent.role == "supervisor" or task.agent == agent.name
    return bool(task.opened.message) and watches and may_see(picture, agent, task)


def has_writing(picture: Picture, agent: Agent, interaction: str) -> bool:
    """Whether the agent has taken what was written in this interaction."""
    task = picture.tasks.get(ids.task(interaction))
    return task is not None and task.letter is not None and task.agent == agent.name


def tasks_of(picture: Picture, agent: Agent) -> list[Task]:
    """One's own, then what may be taken, the most urgent first; those of colleagues are for supervisors, last."""
    seen = [task for task in picture.tasks.values() if may_see(picture, agent, task)]
    if agent.role != "supervisor":
        seen = [task for task in seen if task.agent in ("", agent.name)]
    return sorted(seen, key=lambda task: (_rank(agent, task), task.opened.due_at_ms, task.opened.task))


def _rank(agent: Agent, task: Task) -> int:
    if task.agent == agent.name:
        return 0
    return 2 if task.agent else 1


def _display(picture: Picture, name: str) -> str:
    known = picture.centre.agents.get(name)
    return known.display if known is not None else name


def _colleague(picture: Picture, agent: Agent, task: Task) -> str:
    """Who has it, if it is somebody else."""
    if task.agent in ("", agent.name):
        return ""
    return _display(picture, task.agent)


def _task(picture: Picture, agent: Agent, task: Task) -> Shown:
    opened = task.opened
    service = picture.service(opened.service)
    mine = task.agent == agent.name
    return {
        "task": opened.task,
        "kind": opened.kind,
        "service": service.title if service is not None else "",
        "topic": opened.topic,
        "since_at_ms": opened.since_at_ms,
        "due_at_ms": opened.due_at_ms,
        "from_at_ms": opened.from_at_ms,
        "attempts": opened.attempts,
        "mine": mine,
        "message": bool(opened.message),
        "listen": may_listen(picture, agent, task),
        "with": _colleague(picture, agent, task),
        # Whom to call is told to the one who has taken it.
        "number": opened.number.text if mine and opened.number is not None else None,
        "withheld": opened.number is None,
        "draft": task.draft.text if mine and task.draft is not None else "",
        "channel": task.letter.channel if task.letter is not None else "",
        "written": _written(picture, agent, task),
    }


def _written(picture: Picture, agent: Agent, task: Task) -> Shown | None:
    """What somebody wrote, for whoever has taken it or is asked to; nobody reads it in passing."""
    line = picture.agents.get(agent.name)
    asked = line is not None and line.preview == task.opened.task
    letter = task.letter
    if letter is None or not (asked or task.agent == agent.name):
        return None
    return {
        "interaction": letter.interaction,
        "sender": letter.sender.text if letter.sender is not None else None,
        "subject": letter.subject.text if letter.subject is not None else None,
        "text": letter.text.text,
        "heard": None if task.heard is None else _understood(picture.centre, task.heard, task.opened.topic),
    }
