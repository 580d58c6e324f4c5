"""What people write, in any order: sent once or twice, by machines, understood or not, answered by whoever has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core import commands as c
from core import events as e
from core.events.base import Event
from core.personal import Personal
from tests import centres

if TYPE_CHECKING:
    from tests.properties.streams import Stream

PEOPLE: Final = tuple(agent.name for agent in centres.AGENTS)
CHANNELS: Final[tuple[e.WritingChannel, ...]] = ("email", "form", "chat")


def anything(stream: Stream, one: int, two: int) -> Event | None:
    """Something more is written, or an agent is done with what was."""
    casework = stream.kernel.mind("casework")
    listed = [(key, row) for key, row in casework.tasks.items() if row.kind == "written"]
    if listed and two % 3 == 0:
        key, row = listed[one % len(listed)]
        return e.WritingAnswered(
            cause="pages",
            request=f"w{one}-{two}",
            agent=row.agent or PEOPLE[one % len(PEOPLE)],
            task=key,
            interaction=row.interaction,
            code="inconnu" if two == 9 else "",
            reply=Personal(row.interaction, "words", "Bonjour.") if one % 2 else None,
        )
    interaction = centres.interaction(70_000 + len(stream.inputs))
    service = stream.kernel.configurations.now.services.get("solidarites")
    return e.WritingArrived(
        cause="pages",
        request=f"w{one}-{two}",
        interaction=interaction,
        system="site",
        key=f"k{one}",
        tenant=service.tenant if service is not None and two != 1 else "ailleurs",
        service="solidarites",
        channel=CHANNELS[one % 3],
        language="fr",
        sender=None,
        subject=Personal(interaction, "words", "RSA") if two % 2 else None,
        text=Personal(interaction, "words", "Je n'ai rien reçu."),
        automatic=two == 2,
    )


def answer(of: dict[str, Any], two: int) -> Event:
    """What the reader makes of it, for an order that may be over."""
    reading = e.Understanding(
        topic=("rsa", "apa", "inconnu", "")[two % 4],
        confidence=(90, 40)[two % 2],
        in_scope=two % 5 > 0,
        urgency=(1, 2, 3, 4)[two % 4],  # type: ignore[arg-type]
    )
    return e.WritingUnderstood(cause="speech", interaction=of["interaction"], reading=reading)


ORDERS: Final = (c.UnderstandWriting,)
