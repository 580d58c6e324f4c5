"""Why somebody still waits: who could take them, what these do, who is before them, and what is asked less of when.

What became of whom is told with each choice (acd/match.py); this is for a supervisor who looks at somebody now.
"""

from __future__ import annotations

from collections import Counter

from acd.instructions import is_shut, waiting_contact
from acd.queue import Contact
from acd.state import State
from acd.waiting import EMERGENCY, LATE, Bucket
from acd.waits import estimate_for
from core import events as e
from core.events.base import because
from core.ids import InteractionId
from core.mind import Decision


def on_asked(state: State, fact: e.WaitAsked, now_ms: int) -> Decision:
    """Answered within the walls of whoever asks, in the same step."""
    contact = waiting_contact(state, fact.by, fact.interaction)
    refusal = contact if isinstance(contact, str) else ""
    if not isinstance(contact, str):
        wait = wait_of(state, fact.interaction, contact, now_ms)
        yield e.WaitExplained(cause=because(fact), request=fact.request, interaction=fact.interaction, wait=wait)
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not refusal, reason=refusal)


def wait_of(state: State, interaction: InteractionId, contact: Contact, now_ms: int) -> e.Wait:
    waiting = state.waiting
    bucket = waiting.bucket(contact.need)
    waited_ms = max(0, now_ms - contact.arrived_at_ms)
    able = bucket.able_at(waited_ms)
    profiles = able.profiles if able is not None else 0
    doing = Counter(state.agent(name, now_ms).state for name in _people(state, profiles))
    expected = estimate_for(state, interaction, contact, now_ms)
    late_ms = bucket.weighed.late_ms
    for_whom = contact.preferred_until_at_ms is not None
    return e.Wait(
        queue=contact.need.queue,
        place=waiting.position(interaction, contact, now_ms),
        before=waiting.rivals(interaction, contact, now_ms),
        waited_ms=waited_ms,
        priority=contact.need.priority,
        turn=_turn(bucket, waited_ms),
        doing=tuple(e.Doing(state=name, agents=doing[name]) for name in sorted(doing)),
        held=contact.offer is None and bool(doing["available"]) and not for_whom,
        eased=_eased(bucket, contact.arrived_at_ms, waited_ms),
        coming=_coming(state, bucket, contact.arrived_at_ms, waited_ms),
        first_at_ms=None if late_ms is None or late_ms <= waited_ms else contact.arrived_at_ms + late_ms,
        rings_at=contact.agent,
        kept_for=contact.need.preferred if for_whom else "",
        kept_until_at_ms=contact.preferred_until_at_ms,
        ordered=contact.given,
        shut=is_shut(state, contact.need),
        low_ms=None if expected is None else int(expected.low_s * 1000),
        high_ms=None if expected is None else int(expected.high_s * 1000),
    )


def _people(state: State, profiles: int) -> list[str]:
    return [name for name, profile in state.floor.profiles.of.items() if profiles >> profile & 1]


def _turn(bucket: Bucket, waited_ms: int) -> str:
    how = bucket.how(waited_ms)
    return "emergency" if how == EMERGENCY else "longest_wait" if how == LATE else bucket.weighed.order


def _eased(bucket: Bucket, arrived_at_ms: int, waited_ms: int) -> tuple[e.Eased, ...]:
    """What is no longer asked."""
    return tuple(
        e.Eased(step=stage.relax, since_at_ms=arrived_at_ms + stage.after_ms)
        for stage in bucket.stages
        if stage.relax is not None and stage.after_ms <= waited_ms
    )


def _coming(state: State, bucket: Bucket, arrived_at_ms: int, waited_ms: int) -> tuple[e.Coming, ...]:
    """What will be asked no longer, and who could take them then."""
    found = []
    for stage in bucket.stages:
        if stage.relax is None or stage.after_ms <= waited_ms:
            continue
        able = bucket.able_at(stage.after_ms)
        people = _people(state, able.profiles) if able is not None else []
        at_work = sum(state.agents[name].state != "logged_out" for name in people if name in state.agents)
        found.append(e.Coming(step=stage.relax, at_ms=arrived_at_ms + stage.after_ms, agents=at_work))
    return tuple(found)
