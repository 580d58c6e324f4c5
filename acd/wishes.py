"""What agents ask for, from their page or by star code, and when it is theirs.

A pause, or to log out, asked for during a conversation or its wrap-up is taken when that ends, and may be taken back
until then.  A pause in which as many are as may be is refused; the one after a difficult call never is.  A wrap-up is
ended by the agent, or by its time; it is made longer once, where the queue has it so.
"""

from __future__ import annotations

from typing import Final, Literal

from acd import blend
from acd.after import becomes, free, granted, rested
from acd.agent import BREATH, CUT_OFF, LIFE, PHONE_GONE, AgentRow
from acd.state import BUSY, State
from core import events as e
from core.centre import Agent
from core.events.base import Event, because
from core.mind import Decision

STANDING: Final[dict[str, Literal["available", "paused", "logged_out"]]] = {
    "ready": "available",
    "log_in": "available",
    "pause": "paused",
    "log_out": "logged_out",
}
"""The state that is wished for, where a wish names one."""

_READY: Final = ("ready", "log_in")
_ENDS_NOTES: Final = (*_READY, "finish")


def on_asked(state: State, fact: e.AgentAsked, now_ms: int) -> Decision:
    if fact.agent not in state.configurations.now.agents:
        yield from _reply(fact, "agent_unknown")
        return
    row = state.agent(fact.agent, now_ms)
    reason = refused(state, row, fact)
    if reason:
        yield from _reply(fact, reason)
    elif row.state == "wrap_up" and fact.wish in _ENDS_NOTES:
        yield from free(state, fact, fact.agent, now_ms, asked=fact.wish == "finish")
        yield from _reply(fact)
    elif row.state == "wrap_up" and fact.wish == "longer":
        yield _extended(state, row, fact, now_ms)
        yield from _reply(fact)
    elif row.state in BUSY:
        yield from _keep(row, fact)
    else:
        yield from _now(state, row, fact, now_ms)
        yield from _reply(fact)


def refused(state: State, row: AgentRow, fact: e.AgentAsked) -> str:
    """Why not, a key of the pages' texts.

    Whoever has a place in a pause already keeps it; the time of a wrap-up ends it in any case.
    """
    centre = state.configurations.now
    if fact.wish == "pause":
        pause = centre.pauses.get(fact.reason)
        return "pause_full" if pause is not None and state.away.full(centre, pause, fact.agent) else ""
    if row.state != "wrap_up":
        return "no_wrap_up" if fact.wish in ("finish", "longer") else ""
    queue = centre.queues.get(row.queue)
    if fact.wish == "longer":
        return "no_longer" if queue is None or not queue.wrap_up_more_ms or row.extended else ""
    ends = fact.wish in _ENDS_NOTES and queue is not None
    return "code_missing" if ends and queue is not None and queue.code_required and not row.coded else ""


def _keep(row: AgentRow, fact: e.AgentAsked) -> Decision:
    """For when they are free: being available comes next anyway, anything else is noted."""
    wish: Literal["pause", "log_out"] | None = (
        "pause" if fact.wish == "pause" else "log_out" if fact.wish == "log_out" else None
    )
    reason = fact.reason if wish is not None else ""
    if (wish, reason) != (row.asked, row.asked_reason):
        yield e.WishKept(cause=because(fact), agent=fact.agent, wish=wish, reason=reason)
    yield from _reply(fact, later=wish is not None)


def _extended(state: State, row: AgentRow, fact: e.AgentAsked, now_ms: int) -> e.WrapUpExtended:
    more_ms = state.configurations.now.queues[row.queue].wrap_up_more_ms
    return e.WrapUpExtended(
        cause=because(fact),
        agent=fact.agent,
        interaction=row.interaction or "",
        until_at_ms=(row.until_at_ms or now_ms) + more_ms,
    )


def _now(state: State, row: AgentRow, fact: e.AgentAsked, now_ms: int) -> Decision:
    """Somebody who is not busy is where they want to be, or goes there."""
    target = STANDING.get(fact.wish)
    is_so = row.state == target and (target != "paused" or row.reason == fact.reason)
    if target is not None and LIFE.may(row.state, target) and not is_so:
        yield granted(state, fact, fact.agent, fact.wish, fact.reason, now_ms)


def _reply(fact: e.AgentAsked, reason: str = "", *, later: bool = False) -> Decision:
    """A page that asked is answered; a star code was, by the telephone."""
    if fact.request:
        said = "later" if later else reason
        yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=said)


def on_time_over(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    """A wrap-up or a breath has had its time; a pause has lasted as long as it may, and goes on."""
    row = state.agents.get(fact.key)
    if row is None:
        return
    if row.state == "wrap_up" or (row.state == "paused" and row.reason == BREATH):
        yield from free(state, fact, fact.key, now_ms, row.misses)
    elif row.state == "offered" and row.preview:
        yield from blend.on_time_over(state, row, fact, now_ms)
    elif row.state == "paused" and not row.overran:
        yield e.PauseOverran(
            cause=because(fact),
            agent=fact.key,
            reason=row.reason,
            since_at_ms=row.since_ms,
            longest_ms=fact.at_ms - row.since_ms,
        )


def leave(state: State, agent: str, event: Event) -> Decision:
    """An agent whom a reload took away: what is under way is finished first."""
    if state.agents[agent].state in ("available", "paused", "missed", "on_task"):
        yield becomes(event, agent, "logged_out", reason="retiré")


def phone(state: State, agent: Agent, reachable: bool, event: Event, now_ms: int) -> Decision:
    """A telephone that registers logs its agent in; one that goes logs the agent out, unless they are in a call."""
    row = state.agent(agent.name, now_ms)
    if reachable and (row.state == "logged_out" or (row.state == "paused" and row.reason == CUT_OFF)):
        yield becomes(event, agent.name, rested(row))
    elif not reachable and row.state in ("available", "paused", "missed", "wrap_up", "on_task"):
        yield becomes(event, agent.name, "logged_out", reason=PHONE_GONE)
