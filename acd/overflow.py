"""Where somebody goes who does not fit into a queue, or should not wait in it any longer.

The first rule of the queue that holds, and whose way is open, is followed: when they come, and again whenever they
would be told something.  A way to another queue is open only if somebody works there who could take them; only a full
queue sends people on to one that may be full itself, and so on until one has room.  Nobody who has talked with an
agent, and no emergency, is sent to a message or a callback.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from acd import waits
from acd.instructions import is_shut, moved_to
from acd.queue import Contact
from acd.state import State
from acd.turn import GIVEN_BACK
from acd.wait import Estimate
from core import events as e
from core.centre import Queue
from core.events.base import because
from core.ids import InteractionId
from core.mind import Decision
from core.needs import Overflow


class Measured(NamedTuple):
    """Somebody in a queue: how long they have waited in it, and how long they are thought to wait, None if unknown."""

    waited_ms: int
    estimated_ms: int | None

    def of(self, rule: Overflow) -> int:
        """What the rule's limit is held against."""
        return self.waited_ms if rule.when == "waited" else (self.estimated_ms or 0) if rule.when == "estimated" else 0


def place(state: State, fact: e.NeedStated, need: e.Need, now_ms: int) -> Decision:
    """Into the queue, or where it overflows to."""
    stated, tried = need, [need.queue]
    while True:
        queue = state.queue(need.queue)
        if queue.name != need.queue:
            need = moved_to(need, queue.name)
        measured = Measured(0, _estimated_ms(state, need, now_ms) if queue.overflow else None)
        rule = next(_open(state, queue, need, measured, now_ms), None)
        following = None if rule is None else _followed(rule, need)
        if rule is None or (following is not None and rule.to in tried):
            break
        if following is None:
            if fact.since_at_ms is None:
                yield _turned_away(fact, need, rule)
                return
            break
        yield _overflowed(state, fact, fact.interaction, need, rule, measured)
        need = following
        tried.append(need.queue)
    if _is_full(state, need, state.queue(need.queue)):
        if fact.since_at_ms is None:
            yield e.QueueFull(cause=because(fact), interaction=fact.interaction, queue=stated.queue, need=stated)
            return
        need = stated  # somebody was with them already: nobody is sent away in the middle
    yield e.InteractionQueued(
        cause=because(fact),
        interaction=fact.interaction,
        need=need,
        arrived_at_ms=now_ms if fact.since_at_ms is None else fact.since_at_ms,
        asked=fact.asked,
        may_be_called=fact.may_be_called,
        overflowed=len(tried) > 1 or need.shared,
        expected=waits.as_fact(_estimate(state, need, now_ms)),
    )


def _turned_away(fact: e.NeedStated, need: e.Need, rule: Overflow) -> e.QueueFull:
    return e.QueueFull(
        cause=because(fact),
        interaction=fact.interaction,
        queue=need.queue,
        need=need,
        why=rule.when,
        script=rule.script,
    )


def on_wait(
    state: State, interaction: InteractionId, contact: Contact, event: e.DeadlineReached, now_ms: int
) -> Decision:
    """Somebody who waits goes on waiting, unless a rule holds by now."""
    queue = state.queue(contact.need.queue)
    if not queue.overflow or contact.given:
        return
    found = waits.estimate_for(state, interaction, contact, now_ms)
    measured = Measured(now_ms - contact.queued_at_ms, None if found is None else round(found.mean_s * 1000))
    for rule in _open(state, queue, contact.need, measured, now_ms):
        following = _followed(rule, contact.need)
        if rule.when == "full" or (following is None and contact.turned_away):
            continue
        if following is None:
            yield e.QueueClosed(
                cause=because(event),
                interaction=interaction,
                queue=contact.need.queue,
                need=contact.need,
                why=rule.when,
                script=rule.script,
            )
        else:
            yield _overflowed(state, event, interaction, contact.need, rule, measured)
            yield e.ContactMoved(
                cause=because(event),
                interaction=interaction,
                left=contact.need.queue,
                need=following,
                by="",
                reason="",
            )
        return


def _overflowed(
    state: State,
    event: e.NeedStated | e.DeadlineReached,
    interaction: InteractionId,
    need: e.Need,
    rule: Overflow,
    measured: Measured,
) -> e.QueueOverflowed:
    return e.QueueOverflowed(
        cause=because(event),
        interaction=interaction,
        queue=need.queue,
        waiting=state.waiting.length(need.queue),
        to=rule.to or need.queue,
        why=rule.when,
        measured_ms=measured.of(rule),
        limit_ms=rule.limit_ms,
        shut=rule.when == "full" and is_shut(state, need),
    )


# -- which rule ---------------------------------------------------------------------------------------------------


def _open(state: State, queue: Queue, need: e.Need, measured: Measured, now_ms: int) -> Iterator[Overflow]:
    """The rules that hold, and whose way is open."""
    for rule in queue.overflow:
        if _holds(state, queue, need, measured, rule) and _leads(state, need, measured, rule, now_ms):
            yield rule


def _holds(state: State, queue: Queue, need: e.Need, measured: Measured, rule: Overflow) -> bool:
    match rule.when:
        case "full":
            return _is_full(state, need, queue)
        case "empty":
            return not _somebody(state, need)
        case "waited":
            return measured.waited_ms >= rule.limit_ms
        case "estimated":
            return measured.estimated_ms is not None and measured.estimated_ms >= rule.limit_ms


def _leads(state: State, need: e.Need, measured: Measured, rule: Overflow, now_ms: int) -> bool:
    following = _followed(rule, need)
    if following is None:
        return not need.emergency and need.priority > GIVEN_BACK
    if rule.tenants:
        return not need.shared and _somebody(state, following)
    if rule.when == "full":
        return True
    if _is_full(state, following, state.queue(rule.to)) or not _somebody(state, following):
        return False
    if rule.when != "estimated":
        return True
    there_ms = _estimated_ms(state, following, now_ms)
    return there_ms is not None and there_ms < (measured.estimated_ms or 0)


def _followed(rule: Overflow, need: e.Need) -> e.Need | None:
    """What is asked where the rule leads; None: that is no queue."""
    if rule.tenants:
        return msgspec.structs.replace(need, shared=True)
    return moved_to(need, rule.to) if rule.to else None


def _is_full(state: State, need: e.Need, queue: Queue) -> bool:
    return state.waiting.length(queue.name) >= queue.max_waiting or is_shut(state, need)


def _somebody(state: State, need: e.Need) -> bool:
    """Whether anybody is at work who may take it, now or once less is asked."""
    able = state.waiting.bucket(need).able
    return bool(able) and bool(able[-1].profiles & state.floor.crews.present)


def _estimate(state: State, need: e.Need, now_ms: int) -> Estimate | None:
    if need.emergency or need.priority <= GIVEN_BACK:
        return None
    return waits.expected(state, need.queue, need.tenant, now_ms)


def _estimated_ms(state: State, need: e.Need, now_ms: int) -> int | None:
    found = _estimate(state, need, now_ms)
    return None if found is None else round(found.mean_s * 1000)
