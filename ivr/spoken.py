"""Who knows the person who calls: the agent who follows them, as the records say, or who spoke with them last.

The first is told by the records of the organisation (`CitizenFound.referent`) and kept with the dialogue only.  The
second is known by the pseudonym of the number that showed, within one organisation; not for a number that many share,
nor where discretion hides who calls, and not at all where no queue asks for it.  What is too old for every queue is
forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from core import events as e
from core import limits
from core.centre import Centre, Queue
from core.communes import folded
from core.mind import Applies

if TYPE_CHECKING:
    from ivr.dialogue import Dialogue, State


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """The last conversation about `topic` of somebody, with `agent`."""

    agent: str
    topic: str
    at_ms: int


def preferred_agent(state: State, row: Dialogue, queue: Queue, topic: str, now_ms: int) -> tuple[str, int]:
    """The agent whom this person is to wait for, and how long; never one of other queues or organisations."""
    centre = state.configurations.now
    if queue.referent is not None and centre.may_know(row.referent, row.service, queue):
        return row.referent, queue.referent.wait_ms
    spoken = state.spoken.get(_key(state, row))
    if spoken is None or queue.last_agent is None:
        return "", 0
    fresh = spoken.topic == topic and now_ms - spoken.at_ms <= queue.last_agent.within_ms
    if not fresh or not centre.may_know(spoken.agent, row.service, queue):
        return "", 0
    return spoken.agent, queue.last_agent.wait_ms


def connected(state: State, row: Dialogue, fact: e.CallConnected, now_ms: int) -> None:
    """They talk: the newest stands last, and what is too old goes."""
    longest_ms = _longest_ms(state.configurations.now)
    while (first := next(iter(state.spoken), None)) is not None and (
        len(state.spoken) >= limits.SPOKEN_MOST or now_ms - state.spoken[first].at_ms > longest_ms
    ):
        state.spoken.drop(first)
    key = _key(state, row)
    if key and longest_ms:
        state.spoken.drop(key)
        state.spoken.put(key, Spoken(agent=fact.agent, topic=row.topic, at_ms=now_ms))


def _key(state: State, row: Dialogue) -> str:
    service = state.configurations.now.services.get(row.service)
    if service is None or service.discreet or row.shared or not row.caller_key:
        return ""
    return f"{service.tenant}/{row.caller_key}"


def _longest_ms(centre: Centre) -> int:
    return max((queue.last_agent.within_ms for queue in centre.queues.values() if queue.last_agent), default=0)


def _found(state: State, fact: e.CitizenFound, _now_ms: int) -> None:
    """A number is not a person: this one is that of a family, a hospital, a hostel."""
    if fact.how == "shared":
        state.change(fact.interaction, shared=True, recognised=False)
    elif fact.how == "one":
        row = state.dialogues.get(fact.interaction)
        commune = fact.commune.text if fact.commune is not None else None
        if row is not None and not state.service_of(row).discreet:
            sector = state.configurations.now.communes.get(folded(commune or ""), "")
            said = row.sector if "commune" in row.taken else sector
            state.change(fact.interaction, referent=fact.referent, sector=said, recognised=row.caller_known)


def may_be_told(state: State, row: Dialogue) -> bool:
    """Whether a caller may hear that we know them: one record has the number that shows, nobody shares it, and nothing
    about the call is to be kept quiet.  A number is not a person: whoever listens learns no more than that."""
    if not row.recognised or row.shared or row.danger or state.service_of(row).discreet:
        return False
    topic = state.configurations.now.topics.get(row.meant)
    return topic is None or not topic.protected


def forget_unasked(state: State) -> None:
    """No queue asks for it any more."""
    if not _longest_ms(state.configurations.now):
        for key in list(state.spoken):
            state.spoken.drop(key)


APPLIES: Final[Applies] = {e.CitizenFound: _found}
