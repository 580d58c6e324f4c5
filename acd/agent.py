"""The life of an agent, and the row.

An agent who is `logged_out` becomes `available` by logging in.  An interaction is `offered`; answering it leads to
`on_interaction`, then `wrap_up` (notes, codes), then `available` again.  `paused` has a reason; a short pause of its
own (`souffle`) follows a refused or missed offer, so that the same telephone does not ring again at once, and the
wrap-up where queue or agent have it so.  Whoever let several offers ring in a row has `missed` them, and is asked no
more until they say that they are back.  Whoever has taken tasks that were brought to them is `on_task`.
Whoever is in no conversation may begin one: an outgoing call is
`on_interaction` from the request on.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core.centre import Agent, AgentWish, Queue
from core.ids import InteractionId, OfferId, TaskId
from core.life import Life

LIFE: Final = Life(
    "agent",
    "logged_out",
    {
        "logged_out": {"available": "available", "paused": "paused", "on_task": "on_task"},
        "available": {
            "offered": "offered",
            "on_interaction": "on_interaction",
            "paused": "paused",
            "on_task": "on_task",
            "logged_out": "logged_out",
        },
        "offered": {
            "on_interaction": "on_interaction",
            "available": "available",
            "paused": "paused",
            "missed": "missed",
            "on_task": "on_task",
            "logged_out": "logged_out",
        },
        "on_interaction": {
            "wrap_up": "wrap_up",
            "available": "available",
            "paused": "paused",
            "missed": "missed",
            "on_task": "on_task",
            "logged_out": "logged_out",
        },
        "wrap_up": {
            "available": "available",
            "on_interaction": "on_interaction",
            "paused": "paused",
            "on_task": "on_task",
            "logged_out": "logged_out",
        },
        "paused": {
            "available": "available",
            "on_interaction": "on_interaction",
            "paused": "paused",
            "on_task": "on_task",
            "logged_out": "logged_out",
        },
        "on_task": {
            "available": "available",
            "on_task": "on_task",
            "offered": "offered",
            "on_interaction": "on_interaction",
            "paused": "paused",
            "logged_out": "logged_out",
        },
        "missed": {
            "available": "available",
            "on_interaction": "on_interaction",
            "paused": "paused",
            "on_task": "on_task",
            "logged_out": "logged_out",
        },
    },
)

BREATH_MS: Final = 3_000
"""Between a missed or refused offer and the next: time to look up, no more."""

NOTES_MS: Final = 30_000
"""For notes on a call that waited in no queue."""

BREATH: Final = "souffle"

CUT_OFF: Final = "coupure"
"""Why somebody is paused whose telephone failed in the middle of a conversation: until it is back, or they say so."""

PHONE_GONE: Final = "téléphone"
"""Why somebody was logged out, or will be once they are no longer busy, without having asked for it."""


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent stands.  `since_ms` is when the state began, `idle_since_ms` when the agent last became free;
    `asked` what the agent asked for while busy; `serves` the queue (`queue_key`) whose call keeps them busy.

    `preview` is the task before their eyes, `tasks` are those that they have in hand.

    What a supervisor wished for them (`ordered_by`, `ordered_why`) stands until they wish something themselves.

    Of a wrap-up, whether it was `extended` and a code `coded`.  A pause that is too long has `overran`.
    """

    state: str
    reason: str = ""
    since_ms: int
    idle_since_ms: int
    interaction: InteractionId | None = None
    offer: OfferId | None = None
    until_at_ms: int | None = None
    misses: int = 0
    asked: AgentWish | None = None
    asked_reason: str = ""
    serves: str = ""
    serves_since_ms: int = 0
    extended: bool = False
    coded: bool = False
    overran: bool = False
    ordered_by: str = ""
    ordered_why: str = ""
    preview: TaskId = ""
    tasks: tuple[TaskId, ...] = ()

    @property
    def queue(self) -> str:
        """Where the interaction at hand waited; empty for a call of the agent's own."""
        return self.serves.rpartition("/")[0]

    @property
    def deadline_ms(self) -> int | None:
        return self.until_at_ms


# -- how long, as the agent has it or else the queue -----------------------------------------------------------------


def offer_ms(agent: Agent | None, queue: Queue) -> int:
    """How long the agent is rung."""
    return queue.offer_ms if agent is None or agent.offer_ms is None else agent.offer_ms


def wrap_up_ms(agent: Agent | None, queue: Queue | None) -> int:
    """How long the agent has for their notes; whom a reload took away, none.  A call of their own had no queue."""
    if agent is None:
        return 0
    if agent.wrap_up_ms is not None:
        return agent.wrap_up_ms
    return queue.wrap_up_ms if queue is not None else NOTES_MS


def breath_ms(agent: Agent | None, queue: Queue | None) -> int:
    """How long nothing is offered after the notes."""
    if agent is not None and agent.breath_ms is not None:
        return agent.breath_ms
    return queue.breath_ms if queue is not None else 0
