"""An emergency service in a conversation: for whoever is in danger and cannot hang up to dial its number themselves.

Nobody is parted and nobody hears music.  The service is rung while the citizen and the agent talk on; whoever answers
hears both, and both hear them.  The agent stays until they leave of their own will: then the citizen and the service
talk on, as they do when the agent's telephone is lost.  A service that does not answer, or hangs up, leaves the two as
they were.  It is called at a number that the organisation has tried from this line (`verified` in the directory):
emergency numbers lead to the services of the line's town, and no other way leads to one from here.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from calls.call import HELP, Call, Handed, Help, State
from calls.changes import ring_limit_ms
from calls.orders import drop
from calls.outgoing import line_for, shown
from core import events as e
from core import ids, limits
from core.commands import DialNumber
from core.destinations import classify
from core.events.base import Event, because
from core.events.outgoing import TransferRefusal
from core.mind import Applies, Decides, Decision
from core.personal import Personal

By = Literal["transfer", "fault"]


# -- what facts change ------------------------------------------------------------------------------------------------


def _called(state: State, fact: e.HelpCalled, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None:
        until_at_ms = now_ms + ring_limit_ms(state, fact.entry)
        called = Help(leg=fact.leg, entry=fact.entry, line=fact.line, until_at_ms=until_at_ms)
        state.change(fact.interaction, help=called, dialled=row.dialled + 1)


def _joined(state: State, fact: e.HelpJoined, _now_ms: int) -> None:
    state.change(fact.interaction, help=_after(state, fact, until_at_ms=None))


def _ended(state: State, fact: e.HelpEnded, _now_ms: int) -> None:
    state.change(fact.interaction, help=None)


def _stays(state: State, fact: e.HelpStays, now_ms: int) -> None:
    """From now on the service is whom the citizen was handed on to."""
    row = state.calls.get(fact.interaction)
    if row is not None and row.help is not None:
        handed = Handed(leg=fact.leg, entry=fact.entry, line=row.help.line, state="joined")
        state.go(fact, now_ms, help=None, handed=handed, handed_by=fact.agent)


def _after(state: State, fact: e.HelpJoined, **changes: Any) -> Help | None:
    row = state.calls.get(fact.interaction)
    if row is None or row.help is None:
        return None
    return msgspec.structs.replace(row.help, state=HELP.after(row.help.state, type(fact).__name__), **changes)


APPLIES: Final[Applies] = {
    e.HelpCalled: _called,
    e.HelpJoined: _joined,
    e.HelpEnded: _ended,
    e.HelpStays: _stays,
}


# -- asked and judged -------------------------------------------------------------------------------------------------


def _on_asked(state: State, fact: e.HelpAsked, now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    why, line = _judged(state, fact, call)
    if fact.request:
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=why is None, reason=why or "")
    if why is not None or call is None:
        return
    if fact.wish == "bring":
        yield e.HelpCalled(
            cause=because(fact),
            interaction=fact.interaction,
            agent=fact.agent,
            entry=fact.to,
            leg=ids.dialled_leg(fact.interaction, call.dialled + 1),
            line=line,
        )
    elif fact.wish == "dismiss":
        yield from leave(fact.interaction, call, fact)
    elif call.agent_leg is not None:
        leg = call.agent_leg.leg
        yield from stays(fact.interaction, call, fact, "transfer")
        yield drop(fact.interaction, leg, fact)


def _judged(state: State, fact: e.HelpAsked, call: Call | None) -> tuple[TransferRefusal | None, str]:
    """Why not, or the line to call by.  Neither the caps of the day nor hours nor a kept channel stand in the way."""
    leg = call.agent_leg if call is not None and call.state == "connected" else None
    if call is None or leg is None or leg.agent != fact.agent:
        return "not_talking", ""
    if fact.wish != "bring":
        joined = call.help is not None and (fact.wish == "dismiss" or call.help.state == "joined")
        return (None if joined else "not_answered"), ""
    if call.help is not None:
        return "help_called", ""
    centre = state.configurations.now
    entry, agent = centre.directory.get(fact.to), centre.agents.get(fact.agent)
    if entry is None or entry.verified is None:
        return "unknown_entry", ""
    service = centre.services.get(call.service)
    if agent is None or not entry.is_for(agent) or not entry.answers_for(service.tenant if service is not None else ""):
        return "role", ""
    line = line_for(state, entry.line, reserved_use=True)
    return (None, line) if line is not None else ("line_full", "")


# -- rung, joined, gone -----------------------------------------------------------------------------------------------


def _on_called(state: State, fact: e.HelpCalled, _now_ms: int) -> Decision:
    call, entry = state.calls.get(fact.interaction), state.configurations.now.directory.get(fact.entry)
    if call is None or entry is None:
        return
    yield DialNumber(
        cause=because(fact),
        interaction=fact.interaction,
        leg=fact.leg,
        number=Personal(fact.interaction, "number", classify(entry.number)[0] or entry.number),
        line=fact.line,
        with_channel=call.channel,
        stays=False,
        kept=False,
        beside=True,
        show=shown(state, call.service, fact.line),
        timeout_ms=ring_limit_ms(state, fact.entry) - limits.RING_MARGIN_MS,
    )


def on_bridged(call: Call, fact: e.LegsBridged) -> Decision:
    """They hear the citizen, or the agent; and so both, for these two are in one conversation."""
    called = call.help
    if called is not None and called.leg == fact.leg and called.state == "ringing" and call.state == "connected":
        yield e.HelpJoined(cause=because(fact), interaction=fact.interaction, entry=called.entry, leg=called.leg)


def on_leg_ended(call: Call, fact: e.LegEnded) -> Decision:
    if call.help is not None:
        yield e.HelpEnded(cause=because(fact), interaction=fact.interaction, entry=call.help.entry, reason=fact.reason)


def overdue(interaction: str, call: Call, event: Event) -> Decision:
    """Asterisk has said nothing for longer than it lets anything ring."""
    called = call.help
    if called is not None and called.state == "ringing" and called.until_at_ms is None:
        yield e.LegEnded(cause=because(event), interaction=interaction, leg=called.leg, reason="no_answer", code=0)
        yield drop(interaction, called.leg, event)


def has_joined(call: Call) -> bool:
    """Whether the citizen would not be alone without the agent."""
    return call.help is not None and call.help.state == "joined"


def stays(interaction: str, call: Call, event: Event, by: By) -> Decision:
    """The agent is out of it; the citizen and the service are not."""
    if call.help is None or call.agent_leg is None:
        return
    cause, agent = because(event), call.agent_leg.agent
    yield e.HelpStays(cause=cause, interaction=interaction, agent=agent, entry=call.help.entry, leg=call.help.leg)
    yield e.ConversationEnded(cause=cause, interaction=interaction, agent=agent, by=by)


def leave(interaction: str, call: Call, event: Event) -> Decision:
    """It is called off, or there is nobody any more to call it for."""
    if call.help is not None:
        yield drop(interaction, call.help.leg, event)


DECIDES: Final[Decides] = {e.HelpAsked: _on_asked, e.HelpCalled: _on_called}
