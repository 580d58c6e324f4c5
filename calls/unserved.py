"""Whoever is not served by waiting: nobody takes them, their queue closes, or they would rather be called back."""

from __future__ import annotations

from typing import Final

from calls.call import Call, State
from core import events as e
from core.commands import ReturnCaller
from core.events.base import because
from core.mind import Decides, Decision


def _on_full(state: State, fact: e.QueueFull, _now_ms: int) -> Decision:
    """Nobody takes them: what the queue has for that, a promise to call back, or a place beyond the bound."""
    call = state.calls.get(fact.interaction)
    if call is None:
        return
    if fact.script and call.state == "guided" and call.up and _has_script(state, call, fact.script):
        yield e.WaitLeft(
            cause=because(fact), interaction=fact.interaction, queue=fact.queue, script=fact.script, need=fact.need
        )
    elif call.caller is not None and call.up and _may_be_called(state, call):
        yield e.CallbackNoted(cause=because(fact), interaction=fact.interaction, queue=fact.queue, number=call.caller)
    else:
        yield e.LetIn(cause=because(fact), interaction=fact.interaction, need=fact.need)


def _on_key(state: State, fact: e.KeyPressed, _now_ms: int) -> Decision:
    """Who waits and presses the key for it is called back, unless an agent's telephone rings for them already."""
    call = state.calls.get(fact.interaction)
    if call is None or call.need is None or call.closed or call.agent_leg is not None:
        return
    queue = state.configurations.now.queues.get(call.need.queue)
    callback = queue.callback if queue is not None else None
    waits = call.state in ("holding", "waiting", "announcing") and not call.leaving and not call.need.emergency
    if not waits or callback is None or fact.key.text != callback.key or not _may_be_called(state, call):
        return
    script = callback.script if _has_script(state, call, callback.script) else ""
    if script or call.caller is not None:
        yield e.CallbackAsked(cause=because(fact), interaction=fact.interaction, queue=call.need.queue, script=script)


def on_closed(state: State, fact: e.QueueClosed | e.CallbackAsked | e.CallerHeld, _now_ms: int) -> Decision:
    """The queue is closed to them, or they asked to be called: a script has them, or who has a number is promised a
    callback, out of the music."""
    call = state.calls.get(fact.interaction)
    if call is None or not call.closed or call.state != "waiting" or call.agent_leg is not None:
        return
    if call.farewell and not call.talked and _has_script(state, call, call.farewell):
        yield e.WaitLeft(
            cause=because(fact),
            interaction=fact.interaction,
            queue=call.closed,
            script=call.farewell,
            held=True,
            asked=call.asked,
            arrived_at_ms=call.queued_at_ms,
            need=call.need,
        )
    elif call.caller is not None and _may_be_called(state, call):
        yield e.CallbackNoted(
            cause=because(fact), interaction=fact.interaction, queue=call.closed, number=call.caller, held=True
        )


def _on_left(state: State, fact: e.WaitLeft, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and fact.held and call.state == "guided":
        yield ReturnCaller(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _on_noted(state: State, fact: e.CallbackNoted, _now_ms: int) -> Decision:
    call = state.calls.get(fact.interaction)
    if call is not None and fact.held and call.state == "announcing":
        yield ReturnCaller(cause=because(fact), interaction=fact.interaction, leg=call.leg, channel=call.channel)


def _may_be_called(state: State, call: Call) -> bool:
    """Discretion forbids to call a family's telephone, one promise is enough, and who has talked already wants more."""
    service = state.configurations.now.services.get(call.service)
    return (service is None or not service.discreet) and call.outcome == "abandoned"


def _has_script(state: State, call: Call, script: str) -> bool:
    centre = state.configurations.now
    return script in centre.scripts and call.service in centre.services


DECIDES: Final[Decides] = {
    e.QueueFull: _on_full,
    e.KeyPressed: _on_key,
    e.QueueClosed: on_closed,
    e.CallbackAsked: on_closed,
    e.WaitLeft: _on_left,
    e.CallbackNoted: _on_noted,
}
