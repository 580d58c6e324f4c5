"""Which of several kernels decides: the others stand by, and one that was followed by another ends.

The lead is a lock in PostgreSQL that falls with the session of the process that held it (journal/postgres.py): at once
when that process dies, after some ten seconds when its machine falls silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from journal.postgres import Deposed, Led, PostgresStore
from runtime.memory import Memory, led
from runtime.places import Places
from runtime.scaled.remote import RemoteEdge
from runtime.settings import JournalSettings

# Between two looks of who stands by, and of who leads: a take-over is a matter of seconds.
STAND_BY_S: Final = 0.5
LOOK_S: Final = 1.0
DEPOSED: Final = (
    "Un autre noyau a pris la main : celui-ci s'arrête. Les appels continuent avec l'autre ; relancé, celui-ci "
    "attendra son tour."
)


async def in_turn(settings: JournalSettings, places: Places, waiting: Callable[[str], None]) -> Memory:
    """The journal, once no other kernel leads it; `waiting` is told why there is a wait.  Raises JournalFault."""
    told = False
    while True:
        try:
            return await asyncio.to_thread(Memory.configured, settings, places)
        except Led as fault:
            if not told:
                waiting(str(fault))
                told = True
        while await asyncio.to_thread(led, settings):  # noqa: ASYNC110  the lock falls in another process
            await asyncio.sleep(STAND_BY_S)


async def until_deposed(memory: Memory, away: Sequence[RemoteEdge]) -> NoReturn:
    """Raises Deposed once another kernel leads, whoever notices first: PostgreSQL, or an edge that obeys it."""
    store = memory.log.store
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            if isinstance(store, PostgresStore):
                await asyncio.to_thread(store.look)
                store.check()
        except Deposed:
            raise Deposed(DEPOSED) from None
        if any(edge.outlived for edge in away):
            raise Deposed(DEPOSED)
