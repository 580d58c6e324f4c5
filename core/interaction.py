"""The life of an interaction, and the ledger that no interaction leaves without an outcome.

A person reaches us (`arrived`), is greeted and asked (`guided`), waits for somebody who can help (`queued`), is
proposed to an agent (`offered`), talks (`connected`), and is done (`ended`).  A missed or refused offer leads back to
`queued`: the place is kept; who is not to wait there any longer is `guided` again.  A conversation may be handed on
(`transferring`) to somebody who is no agent (`transferred`), be resumed by the agent who wanted to speak with somebody
first, or come back to the queue, as it does when a fault takes the agent away.  An interaction that an agent begins is
`dialling` until the citizen is `connected`, or waits (`queued`) for the agent who is rung after them.  Every
interaction ends with one outcome, and at any time

    arrived = answered + resolved + converted + abandoned + out_of_hours + unknown_number + machine + lost + still here
    placed  = reached + unreached + those still here
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import events as e
from core.ids import InteractionId
from core.life import Life
from core.mind import Mind
from core.table import Table, Undo

LIFE: Final = Life(
    "interaction",
    "arrived",
    {
        "arrived": {"DialogueStarted": "guided", "InteractionEnded": "ended"},
        "guided": {"InteractionQueued": "queued", "WaitLeft": "guided", "InteractionEnded": "ended"},
        "queued": {
            "AgentChosen": "offered",
            "InteractionQueued": "queued",
            "ContactMoved": "queued",
            "ConversationResumed": "connected",
            "WaitLeft": "guided",
            "InteractionEnded": "ended",
        },
        "offered": {
            "OfferMissed": "queued",
            "OfferDeclined": "queued",
            "OfferFailed": "queued",
            "OfferWithdrawn": "queued",
            "CallConnected": "connected",
            "ConversationResumed": "connected",
            "InteractionQueued": "queued",
            "InteractionEnded": "ended",
        },
        "dialling": {"InteractionQueued": "queued", "CallConnected": "connected", "InteractionEnded": "ended"},
        "connected": {
            "TransferStarted": "transferring",
            "AgentLost": "transferring",
            "HelpStays": "transferred",
            "InteractionEnded": "ended",
        },
        "transferring": {
            "TransferStarted": "transferring",
            "TransferJoined": "transferred",
            "InteractionQueued": "queued",
            "ConversationResumed": "connected",
            "InteractionEnded": "ended",
        },
        "transferred": {"InteractionEnded": "ended"},
        "ended": {},
    },
    others=("dialling",),
)


CALLED: Final = ("reached", "unreached")
"""How interactions end that an agent began."""


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """Where an interaction stands; times are Unix milliseconds.  One that an agent began arrived when it did."""

    state: str
    outgoing: bool = False
    service: str = ""
    queue: str = ""
    agent: str = ""
    arrived_at_ms: int
    queued_at_ms: int | None = None
    connected_at_ms: int | None = None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many interactions came to this."""

    count: int


class Ledger:
    """Interactions that are here, and how many ended how (`tally` of "arrived", "placed" and each outcome)."""

    __slots__ = ("interactions", "tally")

    def __init__(self, undo: Undo) -> None:
        self.interactions: Table[InteractionId, Interaction] = Table(undo)
        self.tally: Table[str, Tally] = Table(undo)

    def count(self, word: str) -> int:
        row = self.tally.get(word)
        return row.count if row else 0

    def balanced(self) -> bool:
        """Whether nobody is missing from the books, of those who came and of those who were called."""
        outgoing = sum(1 for row in self.interactions.values() if row.outgoing)
        called = sum(self.count(word) for word in CALLED)
        came = sum(row.count for word, row in self.tally.items() if word not in ("arrived", "placed", *CALLED))
        return (
            self.count("placed") == called + outgoing
            and self.count("arrived") == came + len(self.interactions) - outgoing
        )


def _arrive(ledger: Ledger, fact: e.CallArrived, now_ms: int) -> None:
    if fact.interaction in ledger.interactions:
        return
    ledger.interactions.put(fact.interaction, Interaction(state=LIFE.first, arrived_at_ms=now_ms))
    ledger.tally.put("arrived", Tally(count=ledger.count("arrived") + 1))


def _place(ledger: Ledger, fact: e.CallPlaced, now_ms: int) -> None:
    if fact.interaction in ledger.interactions:
        return
    row = Interaction(state="dialling", outgoing=True, service=fact.service, agent=fact.agent, arrived_at_ms=now_ms)
    ledger.interactions.put(fact.interaction, row)
    ledger.tally.put("placed", Tally(count=ledger.count("placed") + 1))


def _go_on(ledger: Ledger, fact: Any, now_ms: int) -> None:
    row = ledger.interactions.get(fact.interaction)
    if row is None:
        return
    kind = type(fact)
    changes: dict[str, Any] = {}
    if kind is e.AgentChosen:
        changes["agent"] = fact.agent
    elif kind is e.CallConnected:
        changes["connected_at_ms"] = now_ms
    elif kind is e.InteractionQueued:
        changes |= {"queue": fact.need.queue, "queued_at_ms": row.queued_at_ms or now_ms}
    elif kind is e.ContactMoved:
        changes["queue"] = fact.need.queue
    elif kind is e.DialogueStarted:
        changes["service"] = fact.service
    following = LIFE.after(row.state, kind.__name__)
    ledger.interactions.put(fact.interaction, msgspec.structs.replace(row, state=following, **changes))


def _end(ledger: Ledger, fact: e.InteractionEnded, _now_ms: int) -> None:
    if fact.interaction in ledger.interactions:
        ledger.interactions.drop(fact.interaction)
        ledger.tally.put(fact.outcome, Tally(count=ledger.count(fact.outcome) + 1))


def ledger_mind(undo: Undo) -> Mind:
    """The ledger in a mind's clothes: it applies, and never decides."""
    ledger = Ledger(undo)
    going_on = {fact: _go_on for name, fact in vars(e).items() if name in LIFE.words}
    return Mind(
        "ledger",
        ledger,
        {"interactions": (ledger.interactions, Interaction), "tally": (ledger.tally, Tally)},
        {**going_on, e.CallArrived: _arrive, e.CallPlaced: _place, e.InteractionEnded: _end},
        {},
        (),
    )
