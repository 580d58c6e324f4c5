"""The citizen records as an edge: tells whose number it is, and gives pages the records that they may show.

The order is: our own records, then the tenant's CRM.  A number that is known to be shared opens nothing, wherever.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from core import events as e
from core.citizen import CitizenRecord, Reading
from core.commands import Command, Order, SeekCitizen
from core.errors import LinkDown
from core.events.base import Event
from core.events.citizens import Found
from core.personal import Personal
from core.ports import Mint, Submit
from crm_bridge.keys import RecordsFault
from crm_bridge.look_up import SOURCE, Away, LookUp
from crm_bridge.numbers import NotANumber, e164
from crm_bridge.recognise import Holder, Rules, recognise
from crm_bridge.store import Store

log = logging.getLogger("allo.records")

T = TypeVar("T")

# Reading a record takes a millisecond; an import may hold the file for seconds, and others go on reading meanwhile.
THREADS: Final = 4
NAME: Final = "records"


class CitizenRecords:
    """A core.ports.Edge and core.ports.Records.  `open_store` is called once, in a thread that may wait."""

    name = NAME
    performs: tuple[type[Command], ...] = (SeekCitizen,)

    def __init__(self, open_store: Callable[[], Store], rules: Rules, look_ups: Mapping[str, LookUp]) -> None:
        self._open_store = open_store
        self._rules = rules
        self._look_ups = look_ups
        self._store: Store | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._submit: Submit | None = None

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Opens the records; raises RecordsFault, with the remedy, if that cannot be."""
        del mint
        self._threads = ThreadPoolExecutor(THREADS, "records")
        self._store = await asyncio.get_running_loop().run_in_executor(self._threads, self._open_store)
        for look_up in self._look_ups.values():
            await look_up.start()
        self._submit = submit

    async def stop(self) -> None:
        self._submit = None
        for look_up in self._look_ups.values():
            await look_up.stop()
        if self._threads is not None:
            await asyncio.to_thread(self._threads.shutdown)
            self._threads = None
        if self._store is not None:
            self._store.close()
            self._store = None

    async def perform(self, order: Order) -> Event:
        command = order.command
        if not isinstance(command, SeekCitizen):
            return e.OrderRefused(cause=NAME, order=order.id, command=command, reason="no order for the records")
        if self._submit is None:
            reason = "the records are not open"
            return e.OrderFailed(cause=NAME, order=order.id, command=command, reason=reason, retryable=True)
        try:
            number = e164(command.number.text or "")
        except NotANumber:
            # Erased meanwhile, or a short number of a PABX: nobody of ours has it.
            self._tell(command, "none", None)
            return e.OrderDone(cause=NAME, order=order.id)
        try:
            how, record = await self._seek(command.tenant, number)
        except (RecordsFault, Away) as fault:
            log.warning("fiches de %s : %s", command.tenant, fault)
            return e.OrderFailed(cause=NAME, order=order.id, command=command, reason="away", retryable=True)
        self._tell(command, how, record)
        return e.OrderDone(cause=NAME, order=order.id)

    # What pages ask.

    async def record(self, tenant: str, record: str, reading: Reading) -> CitizenRecord | None:
        """The record of this name; see core.ports.Records."""
        look_up = self._look_ups.get(tenant)
        now_ms = _now_ms()
        try:
            if look_up is None or not record.startswith(f"{SOURCE}:"):
                return await self._run(lambda store: store.record(tenant, record, reading, now_ms))
            await self._run(lambda store: store.note(tenant, record, reading, now_ms))
            return await look_up.record(record)
        except (RecordsFault, Away) as fault:
            raise LinkDown(str(fault)) from None

    async def confirm(self, tenant: str, record: str, number: str) -> bool:
        """Notes that the number is theirs as of now; see core.ports.Records."""
        now_ms = _now_ms()
        try:
            return await self._run(lambda store: store.confirm(tenant, record, e164(number), now_ms))
        except NotANumber:
            return False
        except RecordsFault as fault:
            raise LinkDown(str(fault)) from None

    async def search(self, tenant: str, name: str, birth_date: str, reading: Reading) -> tuple[CitizenRecord, ...]:
        """Those of our own records with that family name and birth date; see core.ports.Records."""
        now_ms = _now_ms()
        try:
            return await self._run(lambda store: store.search(tenant, name, birth_date, reading, now_ms))
        except RecordsFault as fault:
            raise LinkDown(str(fault)) from None

    async def _seek(self, tenant: str, number: str) -> tuple[Found, CitizenRecord | None]:
        now_ms = _now_ms()
        holders: list[Holder] = []
        if self._store is None or not self._store.surely_empty(tenant):
            holders = await self._run(lambda store: store.holders(tenant, number))
        how, person = recognise(number, holders, self._rules, now_ms)
        if person is not None:
            record = await self._run(partial(Store.known, tenant=tenant, person=person))
            return (how, record) if record is not None else ("none", None)
        look_up = self._look_ups.get(tenant)
        if how != "none" or look_up is None:
            return how, None
        records = await look_up.seek(number)
        holders = [_holder(record, number, now_ms) for record in records]
        how, person = recognise(number, holders, self._rules, now_ms)
        return how, next((record for record in records if record.id == person), None)

    def _tell(self, command: SeekCitizen, how: Found, record: CitizenRecord | None) -> None:
        if self._submit is None:
            return
        name, referent, commune, language = None, "", None, ""
        if record is not None:
            name = Personal(command.interaction, "record", record.id)
            referent, language = record.follower, record.language
            commune = Personal(command.interaction, "record", record.lives_in) if record.lives_in else None
        self._submit(
            e.CitizenFound(
                cause=NAME,
                interaction=command.interaction,
                how=how,
                record=name,
                referent=referent,
                commune=commune,
                language=language,
            )
        )

    async def _run(self, ask: Callable[[Store], T]) -> T:
        store, threads = self._store, self._threads
        if store is None or threads is None:
            raise RecordsFault("Les fiches ne sont pas ouvertes.")
        return await asyncio.get_running_loop().run_in_executor(threads, ask, store)


def _holder(record: CitizenRecord, number: str, now_ms: int) -> Holder:
    """The CRM said that this person has the number; what it says of the number itself counts too."""
    known = next((one for one in record.numbers if one.e164 == number), None)
    if known is None:
        return Holder(person=record.id, shared=False, confirmed_at_ms=now_ms)
    return Holder(person=record.id, shared=known.shared, confirmed_at_ms=known.confirmed_at_ms)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
