"""Citizen records in memory, with the access log of the real ones; they can be away."""

from __future__ import annotations

from core.citizen import CitizenRecord, Reading
from core.errors import LinkDown


class FakeRecords:
    """Implements core.ports.Records.  `readings` is the access log: (tenant, record, reading)."""

    def __init__(self, *records: CitizenRecord) -> None:
        self._records = {(record.tenant, record.id): record for record in records}
        self.readings: list[tuple[str, str, Reading]] = []
        self.confirmed: list[tuple[str, str, str]] = []
        self.away = False

    async def record(self, tenant: str, record: str, reading: Reading) -> CitizenRecord | None:
        if self.away:
            raise LinkDown("the records are away")
        found = self._records.get((tenant, record))
        if found is not None:
            self.readings.append((tenant, record, reading))
        return found

    async def confirm(self, tenant: str, record: str, number: str) -> bool:
        if self.away:
            raise LinkDown("the records are away")
        found = self._records.get((tenant, record))
        theirs = found is not None and any(one.e164 == number for one in found.numbers)
        if theirs:
            self.confirmed.append((tenant, record, number))
        return theirs

    async def search(self, tenant: str, name: str, birth_date: str, reading: Reading) -> tuple[CitizenRecord, ...]:
        if self.away:
            raise LinkDown("the records are away")
        found = tuple(
            record
            for (wall, _), record in self._records.items()
            if wall == tenant
            and name.casefold() in (record.last_name.casefold(), record.birth_name.casefold())
            and record.birth_date == birth_date
        )
        self.readings += [(tenant, record.id, reading) for record in found]
        return found
