"""The citizen's record on an agent's page: read once per interaction and agent, cut to what the service may see.

Every read is noted by the records themselves before they answer (core.ports.Records).  What was read stays in this
process's memory, for as long as the interaction is the agent's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from core.citizen import CitizenFile, CitizenRecord, Reading, seen_from
from core.errors import AlloError
from core.ports import Records
from softphone_ui.picture import Picture
from softphone_ui.rows import Contact

log = logging.getLogger("allo.pages")

# A record later than this comes after the answer: the page says that it is not there and goes on without.
READ_S: Final = 2.0

Shown = dict[str, Any]
AWAY: Final[Shown] = {"state": "away"}
GONE: Final[Shown] = {"state": "gone"}


class Cards:
    """What each agent may see of the record of their interaction.  `news` is told when one has come."""

    def __init__(self, picture: Picture, records: Records | None, news: Callable[[str], None]) -> None:
        self._picture = picture
        self._records = records
        self._news = news
        self._cards: dict[tuple[str, str, str], Shown] = {}
        self._reading: dict[tuple[str, str, str], asyncio.Task[None]] = {}

    def card(self, agent: str) -> Shown | None:
        """The card for what the agent has now; begins to read it if need be.  None: there is none, or not yet."""
        contact = self._picture.contact_of(agent)
        self._forget(agent, contact)
        if contact is None or contact.record is None or contact.record.text is None or self._records is None:
            return None
        known = self._picture.centre.agents.get(agent)
        if known is None or contact.tenant not in known.tenants:
            return None  # who helps out for another organisation sees none of its records
        key = (agent, contact.interaction, contact.record.text)
        if key not in self._cards and key not in self._reading:
            task = asyncio.get_running_loop().create_task(self._read(key, contact, self._records))
            self._reading[key] = task
            task.add_done_callback(lambda _task: self._reading.pop(key, None))
        return self._cards.get(key)

    async def _read(self, key: tuple[str, str, str], contact: Contact, records: Records) -> None:
        agent, interaction, name = key
        offered = contact.state == "offered"
        reading = Reading(agent=agent, why="offer" if offered else "call", interaction=interaction)
        try:
            async with asyncio.timeout(READ_S):
                record = await records.record(contact.tenant, name, reading)
        except (AlloError, TimeoutError) as fault:
            log.warning("records did not answer a page: %s", type(fault).__name__)
            card = AWAY
        else:
            card = GONE if record is None else shown(record, contact.service)
        still = self._picture.contact_of(agent)
        if still is not None and still.interaction == interaction:
            self._cards[key] = card
            self._news(agent)

    def _forget(self, agent: str, contact: Contact | None) -> None:
        kept = contact.interaction if contact is not None else None
        for key in [key for key in self._cards if key[0] == agent and key[1] != kept]:
            del self._cards[key]


def shown(record: CitizenRecord, service: str) -> Shown:
    """What a page shows of the record to somebody who answers for `service`."""
    seen = seen_from(record, service)
    return {
        "state": "here",
        "civility": seen.civility,
        "last_name": seen.last_name,
        "first_name": seen.first_name,
        "birth_name": seen.birth_name,
        "birth_date": seen.birth_date,
        "commune": seen.commune,
        "language": seen.language,
        "protected_address": seen.protected_address,
        "shared_number": any(number.shared for number in record.numbers),
        "files": [_file(file, service) for file in seen.files],
        "source": seen.source,
        "updated_at_ms": seen.updated_at_ms,
    }


def _file(file: CitizenFile, service: str) -> Shown:
    return {
        "service": file.service,
        "title": file.title,
        "own": file.service == service,
        "status": file.status,
        "referent": file.referent,
        "next_appointment_at_ms": file.next_appointment_at_ms,
        "summary": file.summary,
    }
