"""Finding the person on the line by family name and birth date, when the number does not tell who it is.

A search needs a conversation: that is the reason which the access log notes.  A page is given what tells namesakes
apart, and a name that means nothing elsewhere; the record's own id stays here until the agent's next search.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from typing import Final, TypeVar

import msgspec

from core.citizen import CitizenRecord, Reading, seen_from
from core.errors import AlloError
from core.ids import InteractionId
from core.ports import Records
from softphone_ui.cards import GONE, READ_S, Shown, shown
from softphone_ui.forms import Person
from softphone_ui.rows import Contact, Known

log = logging.getLogger("allo.pages")

T = TypeVar("T")

# Searches for one interaction: somebody is misheard twice, a household is looked for; more is browsing.
MOST: Final = 12


class TooMany(Exception):
    """There were enough searches for this interaction."""


class RecordsAway(Exception):
    """The records do not answer: take notes, and look for the record later."""


class _Last(msgspec.Struct):
    """An agent's last search: for which interaction, how many for it so far, and who was found, by their names here."""

    interaction: InteractionId
    count: int
    found: dict[str, Known]


class Searches:
    """What each agent has found last."""

    def __init__(self, records: Records | None) -> None:
        self._records = records
        self._last: dict[str, _Last] = {}

    async def find(self, agent: str, contact: Contact, name: str, birth_date: str) -> list[Person]:
        """Those of that name born on that day, among the interaction's tenant's.  Raises TooMany or RecordsAway."""
        last = self._last.get(agent)
        count = last.count + 1 if last is not None and last.interaction == contact.interaction else 1
        if count > MOST:
            raise TooMany
        self._last[agent] = _Last(contact.interaction, count, {})
        records = await _answer(self._open_records.search(contact.tenant, name, birth_date, _reading(agent, contact)))
        found = {secrets.token_hex(6): record for record in records}
        known = {name: Known(record.id, record.follower, record.lives_in) for name, record in found.items()}
        self._last[agent] = _Last(contact.interaction, count, known)
        return [_person(name, record, contact.service) for name, record in found.items()]

    def known(self, agent: str, contact: Contact, found: str) -> Known | None:
        """Whose record it is; None if it is not among what the agent found last, for this interaction."""
        last = self._last.get(agent)
        return last.found.get(found) if last is not None and last.interaction == contact.interaction else None

    async def open(self, agent: str, contact: Contact, record: str) -> Shown:
        """What the agent may see of it.  Raises RecordsAway."""
        whole = await _answer(self._open_records.record(contact.tenant, record, _reading(agent, contact)))
        return GONE if whole is None else shown(whole, contact.service)

    async def confirm(self, contact: Contact, record: str) -> bool:
        """Notes that the person said that they call from a number of theirs; False if the record has it not.

        Raises RecordsAway."""
        number = contact.number.text if contact.number is not None else None
        return bool(number) and await _answer(self._open_records.confirm(contact.tenant, record, number or ""))

    @property
    def _open_records(self) -> Records:
        if self._records is None:
            raise RecordsAway
        return self._records


def _reading(agent: str, contact: Contact) -> Reading:
    return Reading(agent=agent, why="search", interaction=contact.interaction)


async def _answer(asked: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(asked, READ_S)
    except (AlloError, TimeoutError) as fault:
        log.warning("records did not answer a search: %s", type(fault).__name__)
        raise RecordsAway from None


def _person(found: str, record: CitizenRecord, service: str) -> Person:
    seen = seen_from(record, service)
    return Person(
        found=found,
        civility=seen.civility,
        first_name=seen.first_name,
        last_name=seen.last_name,
        birth_name=seen.birth_name,
        commune=seen.commune,
    )
