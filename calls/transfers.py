"""A conversation handed on: to somebody of the directory, a typed number, a queue, or a colleague.

The citizen goes into the holding bridge and hears music; the agent is free for the next from that moment.  An entry of
the directory is rung on a line, and whoever answers is joined to the citizen by Asterisk itself.  Nobody answers: its
deputy is rung; nobody at all: the citizen stands at the head of the queue, where they once stood, and never hears that
they were given back; the agent who handed them on has them first, if still free.  A colleague takes them out of that
place: for a while nobody else does.  An agent may speak with any of these first (calls/consult.py).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from calls import caps, consult
from calls.call import Call, Handed, State
from calls.changes import ring_limit_ms
from calls.orders import drop, hang_up, part
from calls.outgoing import line_for, shown
from calls.place import given_back
from core import events as e
from core import ids, limits, opening
from core.centre import Agent, Destination, Entry
from core.commands import DialNumber, HoldCaller
from core.destinations import classify
from core.events.base import Event, because
from core.events.outgoing import TransferRefusal
from core.mind import Applies, Decides, Decision
from core.personal import Personal

_RANG: Final = ("ringing", "answered", "joined")


# -- what facts change ------------------------------------------------------------------------------------------------


def started(state: State, fact: e.TransferStarted, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None:
        return
    if fact.kind is not None:
        caps.count(state.diallers, fact, now_ms)
    changes: dict[str, Any] = {"consult": consult.after(row, "TransferStarted")}
    if fact.agent:
        changes["handed_by"] = fact.agent
    if fact.consult and row.agent_leg is not None:
        changes |= {"consult": consult.begins(fact, row.agent_leg, row.need, now_ms), "agent_leg": None}
    if not fact.leg:
        state.go(fact, now_ms, tried=(), **changes)
        return
    waits = row.state == "waiting"
    handed = Handed(
        leg=fact.leg,
        entry=fact.entry,
        line=fact.line,
        state="ringing" if waits else "wanted",
        number=fact.number,
    )
    by_ms = {"step_by_at_ms": now_ms + ring_limit_ms(state, fact.entry)} if waits else {}
    tried = (*row.tried, fact.entry) if waits else (fact.entry,)
    state.go(fact, now_ms, handed=handed, tried=tried, dialled=row.dialled + 1, ring_due=waits, **by_ms, **changes)


def failed(state: State, fact: e.TransferFailed, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None:
        ringing = row.state == "waiting"
        changes = {"step_by_at_ms": None if ringing else row.step_by_at_ms, **consult.came_back(row, fact, now_ms)}
        state.change(fact.interaction, handed=None, **changes)


def joined(state: State, fact: e.TransferJoined, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.handed is not None:
        handed = msgspec.structs.replace(row.handed, state="joined")
        state.go(fact, now_ms, handed=handed, joining="", step_by_at_ms=None)


APPLIES: Final[Applies] = {e.TransferStarted: started, e.TransferFailed: failed, e.TransferJoined: joined}


# -- asked and judged -------------------------------------------------------------------------------------------------


class _Aim(NamedTuple):
    """Whom it goes to, all empty for the queue that is asked for; `why` not, if it may not."""

    why: TransferRefusal | None = None
    entry: str = ""
    line: str = ""
    colleague: str = ""
    number: Personal | None = None
    kind: Destination | None = None

    @property
    def rings(self) -> bool:
        return bool(self.entry) or self.number is not None


def on_asked(state: State, fact: e.TransferAsked, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    aim = _judged(state, fact, call, now_ms)
    if fact.request:
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=aim.why is None, reason=aim.why or "")
    if aim.why is not None or call is None:
        return
    yield e.TransferStarted(
        cause=because(fact),
        interaction=fact.interaction,
        agent=fact.agent,
        entry=aim.entry,
        leg=ids.dialled_leg(fact.interaction, call.dialled + 1) if aim.rings else "",
        line=aim.line,
        queue=fact.to if fact.into == "queue" else "",
        colleague=aim.colleague,
        number=aim.number,
        kind=aim.kind,
        consult=fact.consult,
    )
    if not fact.consult:
        yield e.ConversationEnded(cause=because(fact), interaction=fact.interaction, agent=fact.agent, by="transfer")


def _judged(state: State, fact: e.TransferAsked, call: Call | None, now_ms: int) -> _Aim:
    centre = state.configurations.now
    talks = call is not None and call.state == "connected" and call.agent_leg is not None
    if call is None or not talks or call.agent_leg is None or call.agent_leg.agent != fact.agent:
        return _Aim("not_talking")
    if call.help is not None:
        return _Aim("help_called")
    if fact.into == "queue":
        return _Aim(None if fact.to in centre.queues else "unknown_entry")
    if fact.into == "agent":
        return _to_colleague(state, fact, call)
    if fact.into == "number":
        return _to_number(state, fact, now_ms)
    return _to_entry(state, fact, now_ms)


def _to_colleague(state: State, fact: e.TransferAsked, call: Call) -> _Aim:
    """Of the citizen's organisation, and not in another call."""
    centre = state.configurations.now
    colleague = centre.agents.get(fact.to)
    if colleague is None or colleague.name == fact.agent:
        return _Aim("unknown_entry")
    service = centre.services.get(call.service)
    if service is not None and service.tenant and service.tenant not in colleague.tenants:
        return _Aim("role")
    if state.on_phones.of(colleague.phone):
        return _Aim("agent_busy")
    return _Aim(colleague=colleague.name)


def _to_number(state: State, fact: e.TransferAsked, now_ms: int) -> _Aim:
    """Judged as a call that this agent would place."""
    centre = state.configurations.now
    agent = centre.agents.get(fact.agent)
    number, kind = classify((fact.number.text if fact.number is not None else "") or "")
    if kind == "emergency":
        return _Aim("emergency")
    if agent is None or kind not in centre.outgoing.allowed.get(agent.role, ()):
        return _Aim("destination")
    why = caps.used_up(state.diallers, centre.outgoing, fact.agent, now_ms)
    if why is not None:
        return _Aim(why)
    line = line_for(state, "", reserved_use=True)
    if line is None:
        return _Aim("line_full")
    return _Aim(line=line, number=Personal(fact.interaction, "number", number), kind=kind)


def _to_entry(state: State, fact: e.TransferAsked, now_ms: int) -> _Aim:
    centre = state.configurations.now
    entry = centre.directory.get(fact.to)
    if entry is None:
        return _Aim("unknown_entry")
    if entry.verified is not None:
        return _Aim("emergency")  # only with the agent staying on: calls/help.py
    if not may_use(entry, centre.agents.get(fact.agent)):
        return _Aim("role")
    there = _there(state, entry, now_ms, ())
    if there is None:
        return _Aim("closed_now")
    line = line_for(state, there.line, reserved_use=True)
    return _Aim("line_full") if line is None else _Aim(entry=there.name, line=line)


def _there(state: State, entry: Entry | None, now_ms: int, tried: tuple[str, ...]) -> Entry | None:
    """The entry if it has hours now, else the first of its deputies who has; nobody is tried twice."""
    centre = state.configurations.now
    seen = set(tried)
    while entry is not None and entry.name not in seen:
        hours = centre.hours.get(entry.hours)
        if hours is None or opening.at(hours, now_ms).state != "closed":
            return entry
        seen.add(entry.name)
        entry = centre.directory.get(entry.deputy)
    return None


def may_use(entry: Entry, agent: Agent | None) -> bool:
    """Whether the entry is one of the agent's; who left the configuration has none."""
    return agent is not None and entry.is_for(agent)


# -- handed on, rung, given back --------------------------------------------------------------------------------------


def on_started(state: State, fact: e.TransferStarted, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if call.consult is not None and call.consult.state == "parting":
        yield part(fact.interaction, call, call.consult, fact)
    elif call.state == "holding" and fact.leg:
        # Who goes into a queue is held as they are queued: ordered twice, they would be torn from a quick colleague.
        yield HoldCaller(
            cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel, unless_with=""
        )
    if not fact.leg:
        # Whoever is asked for a word is asked alone for as long as the agent waits for them.
        colleague_ms = 2 * consult.ASKED_MS if fact.consult else limits.COLLEAGUE_MS
        yield given_back(
            state,
            fact.interaction,
            call,
            fact,
            now_ms,
            queue=fact.queue,
            colleague=fact.colleague,
            colleague_ms=colleague_ms,
        )
    yield from dial_if_due(state, fact.interaction, fact)


def dial_if_due(state: State, interaction: str, event: Event) -> Decision:
    """The citizen hears music: now whoever they are handed on to is rung."""
    call = state.calls.get(interaction)
    handed = call.handed if call is not None else None
    if call is None or handed is None or not call.ring_due or handed.state != "ringing":
        return
    entry = state.configurations.now.directory.get(handed.entry)
    number = classify(entry.number)[0] or entry.number if entry is not None else ""
    typed = handed.number.text or "" if handed.number is not None else ""
    yield DialNumber(
        cause=because(event),
        interaction=interaction,
        leg=handed.leg,
        number=Personal(interaction, "number", typed or number),
        line=handed.line,
        with_channel=call.consult.leg.leg if call.consult is not None else call.channel,
        stays=False,
        kept=call.consult is not None,
        beside=False,
        show=shown(state, call.service, handed.line),
        timeout_ms=ring_limit_ms(state, handed.entry) - limits.RING_MARGIN_MS,
    )


def on_bridged(call: Call, fact: e.LegsBridged) -> Decision:
    handed = call.handed
    meets = fact.other in ("", call.leg) and call.state in ("holding", "waiting")
    if handed is not None and handed.leg == fact.leg and meets:
        yield e.TransferJoined(cause=because(fact), interaction=fact.interaction, entry=handed.entry, leg=handed.leg)


def on_leg_ended(state: State, call: Call, fact: e.LegEnded, now_ms: int) -> Decision:
    """Whoever was rung is gone: before they were joined, the next is tried; afterwards the citizen's call is over."""
    handed = call.handed
    if handed is None or handed.leg != fact.leg:
        return
    if call.state == "transferred":
        yield hang_up(fact.interaction, call, fact)
        return
    deputy = _deputy(state, call, handed, now_ms)
    first = call.consult
    back = first.leg.agent if first is not None and deputy is None else ""
    yield consult.failed(fact.interaction, call, fact, fact.reason, back)
    if deputy is None and first is not None:
        yield from consult.join(fact.interaction, call, first.leg.leg, fact)
    if deputy is None:
        if first is None:
            yield given_back(state, fact.interaction, call, fact, now_ms, back_to=call.handed_by)
        return
    name, line = deputy
    yield e.TransferStarted(
        cause=because(fact),
        interaction=fact.interaction,
        agent="",
        entry=name,
        leg=ids.dialled_leg(fact.interaction, call.dialled + 1),
        line=line,
        queue="",
        consult=first is not None,
    )


def _deputy(state: State, call: Call, handed: Handed, now_ms: int) -> tuple[str, str] | None:
    """Whose telephone is rung instead, and by which line; nobody's twice."""
    directory = state.configurations.now.directory
    entry = directory.get(handed.entry)
    deputy = _there(state, directory.get(entry.deputy), now_ms, call.tried) if entry is not None else None
    if deputy is None or call.state != "waiting" or handed.state != "ringing":
        return None
    line = line_for(state, deputy.line, reserved_use=True)
    return (deputy.name, line) if line is not None else None


def overdue(interaction: str, handed: Handed, event: Event) -> Decision:
    """Asterisk has said nothing for longer than it lets anything ring."""
    yield e.LegEnded(cause=because(event), interaction=interaction, leg=handed.leg, reason="no_answer", code=0)
    yield drop(interaction, handed.leg, event)


def leave(interaction: str, call: Call, event: Event) -> Decision:
    """The citizen is gone: whoever was rung for them is let go, and whoever speaks of them."""
    yield from consult.leave(interaction, call, event)
    if call.handed is not None and call.handed.state in _RANG:
        yield drop(interaction, call.handed.leg, event)


DECIDES: Final[Decides] = {e.ConsultAsked: consult.on_asked, e.TransferAsked: on_asked, e.TransferStarted: on_started}
