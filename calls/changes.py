"""How facts change the rows of calls, of the nodes they are on and of the pages that agents have open."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from calls import consult, lines, losses
from calls.call import AGENT_LEG, LIFE, ON_MUSIC, WAITS, AgentLeg, Call, NodeUp, Page, State, leg_of, limit_ms
from core import events as e
from core import limits
from core.ids import InteractionId
from core.interaction import CALLED
from core.mind import Applies


def _arrived(state: State, fact: e.CallArrived, now_ms: int) -> None:
    if fact.interaction in state.calls:
        return
    service = state.configurations.now.service_of(fact.dialled)
    row = Call(
        state="guided" if fact.answered else LIFE.first,
        node=fact.node,
        leg=fact.leg,
        channel=fact.channel,
        service=service.name,
        caller=fact.caller,
        trunk=fact.trunk,
        up=fact.answered,
        answer_at_ms=None if fact.answered else now_ms + service.answer_after_ms,
    )
    state.calls.put(fact.interaction, row)


def _answered(state: State, fact: e.LegAnswered, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.leg == fact.leg:
        due = row.state == "holding" and not row.up
        state.go(fact, now_ms, up=True, answer_at_ms=None, channel=fact.channel, hold_due=due)
    else:
        _agent_leg(state, fact, now_ms)
        consult.answered(state, fact, now_ms)


def _agent_leg(state: State, fact: Any, now_ms: int) -> None:
    """Moves the agent's leg along its life."""
    row = state.calls.get(fact.interaction)
    if row is not None and row.agent_leg is not None and row.agent_leg.leg == fact.leg:
        following = AGENT_LEG.after(row.agent_leg.state, type(fact).__name__)
        state.change(fact.interaction, agent_leg=msgspec.structs.replace(row.agent_leg, state=following))
        if following == "answered" and row.agent_leg.state == "ringing" and row.state in WAITS:
            state.change(fact.interaction, step_by_at_ms=now_ms + limits.JOINED_MS, tries=0)


def _bridged(state: State, fact: e.LegsBridged, now_ms: int) -> None:
    _agent_leg(state, fact, now_ms)


def _held(state: State, fact: e.CallerHeld, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None or row.leg != fact.leg:
        return  # somebody else who is kept on the line
    if row.state == "announcing" and row.talked and not row.tries:
        return  # on the way out of where a late order of ours had put them, to be told that their agent was lost
    leg = row.agent_leg
    due = row.state == "holding" and leg is not None and leg.state == "wanted" and leg.shown_by_at_ms is None
    if due and leg is not None:
        leg = msgspec.structs.replace(leg, state=AGENT_LEG.after(leg.state, "CallerHeld"))
    handed = row.handed
    more: dict[str, Any] = {}
    if row.state == "holding" and handed is not None and handed.state == "wanted":
        # Asterisk's own time limit comes first; this one is for an Asterisk that says nothing.
        more = {
            "handed": msgspec.structs.replace(handed, state="ringing"),
            "step_by_at_ms": now_ms + ring_limit_ms(state, handed.entry),
        }
    elif row.state == "holding" and handed is not None and handed.state == "ringing":
        more = {"step_by_at_ms": now_ms + ring_limit_ms(state, handed.entry)}
    elif row.joining and row.state in ("holding", "announcing"):
        more = {"step_by_at_ms": now_ms + limits.CALL_STEP_MS}
    elif row.joins and row.state in WAITS:
        more = {"step_by_at_ms": now_ms + limits.JOINED_MS}
    due = due or "handed" in more
    state.go(fact, now_ms, agent_leg=leg, consult=consult.parted(row), ring_due=due, **more)


def _chosen(state: State, fact: e.AgentChosen, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is None:
        return
    agent = state.configurations.now.agents.get(fact.agent)
    auto = agent is not None and agent.answer == "auto"
    paints = auto and fact.agent in state.pages
    leg = AgentLeg(
        leg=fact.leg,
        agent=fact.agent,
        phone=fact.phone,
        state="ringing" if row.state in ON_MUSIC and not paints else AGENT_LEG.first,
        timeout_ms=fact.expires_at_ms - now_ms,
        auto=auto,
        shown_by_at_ms=now_ms + limits.RECORD_SHOWN_MS if paints else None,
    )
    state.calls.put(fact.interaction, msgspec.structs.replace(row, agent_leg=leg, asked=row.asked + 1))


def _page(state: State, fact: e.PageSeen, _now_ms: int) -> None:
    if fact.open:
        state.pages.put(fact.agent, Page(open=True))
    else:
        state.pages.drop(fact.agent)


def _started(state: State, _fact: e.CentreStarted, _now_ms: int) -> None:
    """Pages and nodes hang on the process that went: those that come back say so."""
    for agent in list(state.pages):
        state.pages.drop(agent)
    for node in list(state.nodes):
        state.nodes.drop(node)


def _shown(state: State, fact: e.RecordShown, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    leg = row.agent_leg if row is not None else None
    awaited = leg is not None and leg.agent == fact.agent and leg.leg == leg_of(fact.offer)
    if awaited and leg is not None and leg.shown_by_at_ms is not None:
        _may_ring(state, fact.interaction, "RecordShown")
    else:
        state.change(fact.interaction, ring_due=False)


def _may_ring(state: State, interaction: InteractionId, by: str) -> None:
    """Nothing is to be painted any more: the telephone rings, unless the caller is still on the way to the music."""
    row = state.calls[interaction]
    if row.agent_leg is None:
        return
    held = row.state in ON_MUSIC
    following = AGENT_LEG.after(row.agent_leg.state, by) if held else row.agent_leg.state
    leg = msgspec.structs.replace(row.agent_leg, state=following, shown_by_at_ms=None)
    state.change(interaction, agent_leg=leg, ring_due=held)


def _offer_over(state: State, fact: Any, now_ms: int) -> None:
    """Whoever was about to be joined, and will not be, is to be held after all."""
    row = state.calls.get(fact.interaction)
    if row is None or row.agent_leg is None or row.agent_leg.agent != fact.agent:
        state.change(fact.interaction, hold_due=False)
    else:
        by = limit_ms(row.state, now_ms) if row.joins else row.step_by_at_ms
        hold_due = row.state == "holding" and row.joins
        state.change(fact.interaction, agent_leg=None, joining="", hold_due=hold_due, step_by_at_ms=by)


def _connected(state: State, fact: e.CallConnected, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None:
        outcome = "reached" if row.outcome in CALLED else "answered"
        state.go(fact, now_ms, outcome=outcome, connected_at_ms=now_ms, joining="")


def conversation_over(state: State, fact: e.ConversationEnded, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.consult is not None:
        consult.over(state, fact.interaction, row, now_ms)
    else:
        state.go(fact, now_ms, agent_leg=None)


def _begun(state: State, fact: e.DialogueStarted, _now_ms: int) -> None:
    state.change(fact.interaction, unserved=fact.unserved)


def _dialogue_over(state: State, fact: e.DialogueEnded, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and fact.how == "resolved":
        nothing_done = row.unserved or ("abandoned" if row.left else "resolved")
        outcome = "converted" if row.outcome == "converted" else nothing_done
        state.go(fact, now_ms, outcome=outcome)


def _machine(state: State, fact: e.MachineHeard, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    # Whoever has talked with an agent is a person, whatever their telephone sounds like.
    if row is not None and not row.talked and row.outcome not in CALLED and LIFE.may(row.state, "MachineHeard"):
        state.go(fact, now_ms, outcome="machine", answer_at_ms=None)


def _noted(state: State, fact: e.CallbackNoted, now_ms: int) -> None:
    if fact.held:
        state.go(fact, now_ms, outcome="converted", closed="", leaving=True)
    else:
        state.change(fact.interaction, outcome="converted")


def _closed(state: State, fact: e.QueueClosed, _now_ms: int) -> None:
    state.change(fact.interaction, closed=fact.queue, farewell=fact.script)


def _asked_to_be_called(state: State, fact: e.CallbackAsked, _now_ms: int) -> None:
    state.change(fact.interaction, closed=fact.queue, farewell=fact.script)


def _left(state: State, fact: e.WaitLeft, now_ms: int) -> None:
    state.go(fact, now_ms, closed="", farewell="", left=True)


def _recorded(state: State, fact: e.MessageRecorded, _now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.outcome not in CALLED and fact.duration_ms >= limits.MESSAGE_SHORTEST_MS:
        state.change(fact.interaction, outcome="converted")


def _queued(state: State, fact: e.InteractionQueued, now_ms: int) -> None:
    """Who is being told that their agent was lost goes to the music afterwards."""
    row = state.calls.get(fact.interaction)
    changes: dict[str, Any] = {
        "leaving": False,
        "need": fact.need,
        "queued_at_ms": fact.arrived_at_ms,
        "joining": "",
    }
    if row is not None and row.state == "announcing" and row.talked:
        state.change(fact.interaction, **changes)
    else:
        state.go(fact, now_ms, **changes)


def _needs(
    state: State, fact: e.ContactMoved | e.ContactRanked | e.ContactKnown | e.ContactSpeaks, _now_ms: int
) -> None:
    state.change(fact.interaction, need=fact.need)


def _announced(state: State, fact: e.AnnouncementDue, now_ms: int) -> None:
    """Who has talked with an agent is told nothing while they wait: there is no dialogue with them any more."""
    row = state.calls.get(fact.interaction)
    if fact.say and row is not None and not row.talked:
        state.go(fact, now_ms)


def ring_limit_ms(state: State, entry: str) -> int:
    """How long an entry is rung, with a margin for an Asterisk that says nothing; a typed number as outgoing calls."""
    centre = state.configurations.now
    known = centre.directory.get(entry)
    return (known.ring_ms if known is not None else centre.outgoing.ring_ms) + 2 * limits.RING_MARGIN_MS


def _returned(state: State, fact: e.CallerReturned, now_ms: int) -> None:
    row = state.calls.get(fact.interaction)
    if row is not None and row.leg == fact.leg:
        state.go(fact, now_ms)


def _go(state: State, fact: Any, now_ms: int) -> None:
    state.go(fact, now_ms)


def _gone(state: State, fact: e.InteractionEnded, _now_ms: int) -> None:
    state.calls.drop(fact.interaction)


def _undone(state: State, fact: e.OrderFailed, _now_ms: int) -> None:
    """A link that is down is no step that hangs: it does not count as a try."""
    if fact.retryable:
        state.change(getattr(fact.command, "interaction", ""), tries=0)


def _seen(state: State, fact: e.NodeSeen, now_ms: int) -> None:
    state.nodes.put(fact.node, NodeUp(up=True))
    losses.looked(state, fact, now_ms)


def _lost(state: State, fact: e.NodeLost, _now_ms: int) -> None:
    state.nodes.drop(fact.node)


def _deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> None:
    """Clears the timers that rang; a step that hangs gets another time limit."""
    row = state.calls.get(fact.key) if fact.kind == "call" else None
    if row is None:
        return
    state.change(fact.key, ring_due=False, step_due=False, lost_due=False)
    if row.agent_leg is not None and consult.rang(row.agent_leg.back_by_at_ms, fact):
        leg = msgspec.structs.replace(row.agent_leg, back_by_at_ms=None)
        state.change(fact.key, agent_leg=leg, lost_due=True)
    consult.deadline(state, fact, row)
    if row.help is not None and consult.rang(row.help.until_at_ms, fact):
        state.change(fact.key, help=msgspec.structs.replace(row.help, until_at_ms=None))
    if row.agent_leg is not None and consult.rang(row.agent_leg.shown_by_at_ms, fact):
        _may_ring(state, fact.key, "DeadlineReached")
    if consult.rang(row.answer_at_ms, fact):
        state.change(fact.key, step_due=True, answer_at_ms=None, step_by_at_ms=now_ms + limits.CALL_STEP_MS)
    if consult.rang(row.step_by_at_ms, fact):
        again = now_ms + limits.CALL_STEP_MS if row.tries < limits.CALL_STEP_TRIES else None
        state.change(fact.key, step_due=True, step_by_at_ms=again, tries=row.tries + 1)


APPLIES: Final[Applies] = {
    **lines.APPLIES,
    **losses.APPLIES,
    **consult.APPLIES,
    e.CallArrived: _arrived,
    e.LegAnswered: _answered,
    e.LegsBridged: _bridged,
    e.CallerHeld: _held,
    e.CallerReturned: _returned,
    e.AgentChosen: _chosen,
    e.PageSeen: _page,
    e.CentreStarted: _started,
    e.RecordShown: _shown,
    e.OfferMissed: _offer_over,
    e.OfferDeclined: _offer_over,
    e.OfferFailed: _offer_over,
    e.OfferWithdrawn: _offer_over,
    e.InteractionQueued: _queued,
    e.ContactMoved: _needs,
    e.ContactRanked: _needs,
    e.ContactKnown: _needs,
    e.ContactSpeaks: _needs,
    e.AnnouncementDue: _announced,
    e.AnnouncementEnded: _go,
    e.CallConnected: _connected,
    e.ConversationEnded: conversation_over,
    e.DialogueStarted: _begun,
    e.DialogueEnded: _dialogue_over,
    e.CallbackNoted: _noted,
    e.MessageRecorded: _recorded,
    e.QueueClosed: _closed,
    e.WaitLeft: _left,
    e.CallbackAsked: _asked_to_be_called,
    e.MachineHeard: _machine,
    e.InteractionEnded: _gone,
    e.OrderFailed: _undone,
    e.NodeSeen: _seen,
    e.NodeLost: _lost,
    e.DeadlineReached: _deadline,
}
