"""The supervisor's table: queues and agents of their tenants, live; and the difference between two of its versions.

Figures bear the field's names and can be recomputed from the journal: SL-offered is answered within the queue's target
÷ offered.  Agents have no ranking: state, reason, duration.
"""

from __future__ import annotations

from typing import Any, Final

from core.centre import Service
from core.occupancy import LEAST, Spent
from core.queue_counts import Counts
from core.script import Details, Listen
from softphone_ui.picture import Picture
from softphone_ui.rows import AgentLine, Contact, ServiceLine
from softphone_ui.table_orders import by_queue, display, ordered_rows, waiting_rows

# Outcomes of those who called us, and `messages` left, `outgoing` calls and those that `reached` somebody.
ENDED: Final = (
    "answered",
    "resolved",
    "converted",
    "messages",
    "abandoned",
    "out_of_hours",
    "lost",
    "outgoing",
    "reached",
)

Shown = dict[str, Any]


def table(picture: Picture, tenants: tuple[str, ...]) -> Shown:
    """The table for somebody who watches over `tenants`; rows by name, so that a difference is small."""
    waiting = by_queue(picture)
    return {
        "queues": {name: _queue(picture, name, tenants, waiting.get(name, [])) for name in picture.centre.queues},
        "waiting": waiting_rows(picture, waiting, tenants),
        "ordered": ordered_rows(picture, tenants),
        "agents": {
            name: {
                "display": agent.display,
                "skills": agent.skills,
                "queues": agent.queues,
                **_agent(picture, name, tenants),
            }
            for name, agent in picture.centre.agents.items()
            if set(agent.tenants) & set(tenants)
        },
        "suspected": _suspected(picture, tenants),
        "lines": {name: _line(picture, name) for name in picture.centre.lines},
        "services": {
            name: _service(picture, service)
            for name, service in picture.centre.services.items()
            if service.tenant in tenants
        },
        "speech": {"all": _speech(picture)} if _listens(picture) else {},
        "totals": {"all": _totals(picture, tenants)},
    }


def _listens(picture: Picture) -> bool:
    """Whether callers are asked anything that they may answer in their own words."""
    steps = (step for script in picture.centre.scripts.values() for step in script.steps.values())
    return any(isinstance(step, Listen | Details) for step in steps)


def _speech(picture: Picture) -> Shown:
    """Whether callers may speak, and how many do; every organisation shares that room."""
    room = picture.room
    return {
        "streams": room.streams if room is not None else 0,
        "listened": len(picture.listened),
        "why": room.why if room is not None else "",
        "trial": room is not None and room.trial,
    }


def _agent(picture: Picture, name: str, tenants: tuple[str, ...]) -> Shown:
    """What they do; `interaction` is whom they are busy with, for those who answer for it.

    Of a pause after a difficult call nothing is told but how many are in one (totals).
    """
    line = picture.agents.get(name, AgentLine())
    contact = picture.contacts.get(line.interaction or "")
    theirs = contact is not None and contact.tenant in tenants
    pause = picture.centre.pauses.get(line.reason) if line.state == "paused" else None
    untold = pause is not None and pause.difficult
    return {
        "state": line.state,
        "reason": "" if untold else line.reason,
        "title": "" if pause is None or untold else pause.title,
        "since_ms": None if untold else line.since_ms,
        "overran": line.overran and not untold,
        "interaction": line.interaction if theirs else "",
    }


def _service(picture: Picture, service: Service) -> Shown:
    """Names of colleagues are told; whoever has the machine is `@account`."""
    line = picture.services.get(service.name, ServiceLine())
    catalogue = picture.centre.texts.get(service.language, {})
    notice = line.notice
    return {
        "title": service.title,
        "state": line.state,
        "until_at_ms": line.until_at_ms,
        "closes": bool(service.closed_script),
        "notice": (notice.typed or catalogue.get(notice.key, "")) if notice is not None else "",
        "notice_until_at_ms": notice.until_at_ms if notice is not None else None,
        "notice_by": display(picture, notice.by) if notice is not None else "",
        "closed_until_at_ms": line.closed_until_at_ms,
        "closed_by": display(picture, line.closed_by),
    }


def _line(picture: Picture, name: str) -> Shown:
    """Lines are the platform's: all tenants' calls are on them."""
    line = picture.centre.lines[name]
    used = sum(
        (one.trunk == name and one.state != "over")
        + (one.handed is not None and one.handed.line == name and one.handed.state in ("ringing", "joined"))
        + (one.help is not None and one.help.line == name)
        for one in picture.contacts.values()
    )
    return {
        "used": used,
        "channels": line.channels,
        "reserved": line.reserved,
        "away": picture.away.get(name, ""),
    }


def _suspected(picture: Picture, tenants: tuple[str, ...]) -> dict[str, Shown]:
    """What looked like fraud today, by agents of `tenants`, or like looking at their records without reason: somebody
    must ask."""
    of = {name for name, agent in picture.centre.agents.items() if set(agent.tenants) & set(tenants)}
    theirs = (one for one in picture.suspected if (one.tenant in tenants if one.tenant else one.agent in of))
    return {
        str(number): {
            "at_ms": one.at_ms,
            "agent": display(picture, one.agent) if one.agent else "",
            "why": one.why,
            "count": one.count,
            "held": one.held,
        }
        for number, one in enumerate(theirs)
    }


def _queue(picture: Picture, name: str, tenants: tuple[str, ...], waiting: list[Contact]) -> Shown:
    queue = picture.centre.queues[name]
    counts = Counts()
    for tenant in tenants:
        counts.add(picture.waits.counts.get((name, tenant), Counts()))
    since = [
        contact.queued_at_ms for contact in waiting if contact.tenant in tenants and contact.queued_at_ms is not None
    ]
    last = max(
        (contact for contact in waiting if contact.tenant in tenants and contact.expected is not None),
        key=lambda contact: contact.queued_at_ms or 0,
        default=None,
    )
    shut = [line for tenant in tenants if (line := picture.shut.get((name, tenant))) is not None]
    return {
        "title": queue.title,
        "target_ms": queue.target_ms,
        "waiting": len(since),
        "oldest_at_ms": min(since, default=None),
        "expected": _expected(last),
        "offered": counts.offered,
        "answered": counts.answered,
        "in_target": counts.in_target,
        "abandoned": counts.abandoned,
        "short": counts.short,
        "moved": counts.moved,
        "left": counts.left,
        "shut_until_at_ms": max((line.until_at_ms for line in shut), default=None),
        "shut_by": display(picture, shut[0].by) if shut else "",
        "overflow_to": queue.beyond or "",
        "occupancy": _occupancy(picture, name, tenants),
        "asa_ms": counts.wait_ms // counts.answered if counts.answered else None,
    }


def _occupancy(picture: Picture, queue: str, tenants: tuple[str, ...]) -> int | None:
    """In hundredths, of the whole team today; None where so few are at work that it would be one person's."""
    agents = picture.centre.agents
    here = [
        name
        for name, line in picture.agents.items()
        if line.state != "logged_out" and name in agents and queue in agents[name].queues
        if set(agents[name].tenants) & set(tenants)
    ]
    spent = Spent()
    for (of, theirs), one in picture.occupancy.until(picture.now_ms).items():
        if of == queue and set(theirs) & set(tenants):
            spent.add(one)
    return None if len(here) < LEAST or spent.occupancy is None else round(100 * spent.occupancy)


def _expected(last: Contact | None) -> Shown | None:
    """How much longer the last who came may wait; nothing where nobody waits, or nobody knows."""
    if last is None or last.expected is None:
        return None
    return {"low_ms": last.expected.low_ms, "high_ms": last.expected.high_ms}


def _totals(picture: Picture, tenants: tuple[str, ...]) -> Shown:
    here = [contact for contact in picture.contacts.values() if contact.tenant in tenants and not contact.ended]
    ended = {outcome: sum(picture.outcomes.get((outcome, tenant), 0) for tenant in tenants) for outcome in ENDED}
    # Whoever dials a number that no service has is no organisation's: the platform's people see how many.
    ended["unknown_number"] = picture.outcomes.get(("unknown_number", ""), 0)
    return {
        **ended,
        "waiting": sum(contact.waiting for contact in here),
        "talking": sum(contact.state == "talking" for contact in here),
        "difficult": _after_difficult_calls(picture, tenants),
        "counted_since_ms": picture.counted_since_ms,
    }


def _after_difficult_calls(picture: Picture, tenants: tuple[str, ...]) -> int:
    pauses = picture.centre.pauses
    return sum(
        line.state == "paused" and line.reason in pauses and pauses[line.reason].difficult
        for name, agent in picture.centre.agents.items()
        if set(agent.tenants) & set(tenants) and (line := picture.agents.get(name)) is not None
    )


def difference(old: Shown, new: Shown) -> Shown:
    """What must be told to somebody who has `old`: by section, the rows that changed, None for one that went."""
    changed: Shown = {}
    for section, rows in new.items():
        before = old.get(section, {})
        told = {name: row for name, row in rows.items() if before.get(name) != row}
        told |= {name: None for name in before if name not in rows}
        if told:
            changed[section] = told
    return changed
