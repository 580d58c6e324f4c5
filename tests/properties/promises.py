"""Callbacks in any order: promised, asked for while waiting, agreed on for an hour, changed, and not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core import events as e
from core import ids
from core.events.base import Event
from core.personal import Personal
from tests import centres

if TYPE_CHECKING:
    from tests.properties.streams import Stream

PEOPLE: Final = tuple(agent.name for agent in centres.AGENTS)
NUMBERS: Final = ("+33639980012", "06 39 98 00 13", "15", "0899700000", "")
MINUTE_MS: Final = 60_000


def promised(stream: Stream, one: int, two: int) -> Event:
    """A callback was promised, an agent is there for it, lifts, and nobody answers; or the citizen lifts, who is called
    first: so much luck is rare otherwise."""
    acd = stream.kernel.mind("acd")
    calling = [row.interaction for row in acd.promises.values() if row.state == "calling"]
    if calling and two < 8:
        interaction = calling[one % len(calling)]
        placed = stream.kernel.mind("calls").calls.get(interaction)
        first = placed is not None and placed.state == "calling"  # the citizen
        leg = ids.agent_leg(interaction, 1) if two < 3 and not first else ids.dialled_leg(interaction, 1)
        if two < 3:
            return e.LegAnswered(cause="telephony", interaction=interaction, leg=leg, channel="PJSIP/x")
        return e.LegEnded(cause="telephony", interaction=interaction, leg=leg, reason="no_answer", code=0)
    if len(acd.promises):
        return e.AgentAsked(cause="telephony", agent=PEOPLE[one % 3], wish="ready", reason="")
    interaction = centres.interaction(900 + len(stream.inputs))
    return e.TaskOpened(
        cause="casework",
        task=ids.task(interaction),
        kind="callback",
        interaction=interaction,
        tenant="aure",
        service="solidarites",
        queue="generaliste",
        topic="",
        number=Personal(interaction, "number", "+33639980012"),
        caller_key=f"promised-{len(stream.inputs)}",
        message="",
        since_at_ms=stream.now_ms,
        due_at_ms=stream.now_ms,
        expires_at_ms=stream.now_ms + 3_600_000,
        attempts=1,
        need=e.Need(
            queue="generaliste", skills=(), priority=5, topic="", language="fr", service="solidarites", tenant="aure"
        ),
    )


def rather_called(stream: Stream, one: int) -> Event | None:
    """Somebody who waits presses the key for it, or that of another language."""
    waiting = [key for key, row in stream.kernel.mind("acd").contacts.items() if not row.task]
    if not waiting:
        return None
    interaction = waiting[one % len(waiting)]
    pressed = Personal(interaction, "keys", "16"[one % 2])
    return e.KeyPressed(cause="telephony", interaction=interaction, leg=ids.caller_leg(interaction), key=pressed)


def types(stream: Stream, one: int) -> Event | None:
    """The next key of whoever is asked for a number: the right one, or any."""
    asked = [
        (key, row)
        for key, row in stream.kernel.mind("ivr").dialogues.items()
        if row.step == "ou" and row.state in ("speaking", "listening")
    ]
    if not asked:
        return None
    interaction, row = asked[one % len(asked)]
    keys = "1" if row.number is not None else ("0", "0639980013")[one % 2]  # ten keys in a row are too much luck
    pressed = Personal(interaction, "keys", keys if one < 10 else "#")
    return e.KeyPressed(cause="telephony", interaction=interaction, leg=row.leg, key=pressed)


def asked_for(stream: Stream, one: int, two: int) -> Event | None:
    """By the key for it, or by an agent: for an hour to come, or one that is past; another hour for what was agreed."""
    if two > 8:
        return types(stream, one) or rather_called(stream, one)
    interaction = centres.interaction(50_000 + len(stream.inputs))
    known = list(stream.kernel.mind("casework").tasks)
    from_at_ms = stream.now_ms + (0, 1_000, 20 * MINUTE_MS, -2 * MINUTE_MS)[one % 4]
    return e.CallbackWished(
        cause="pages",
        request=f"c{one}-{two}",
        by=PEOPLE[two % 3] if two < 8 else "inconnue",
        interaction=interaction,
        task=known[one % len(known)] if known and two % 2 else "",
        need=e.Need(
            queue="generaliste", skills=(), priority=5, topic="", language="fr", service="solidarites", tenant="aure"
        ),
        number=Personal(interaction, "number", NUMBERS[max(0, one - 7)]),
        caller_key=f"key-{one % 3}" if two < 6 else "",
        from_at_ms=from_at_ms,
        until_at_ms=from_at_ms + 30 * MINUTE_MS,
    )
