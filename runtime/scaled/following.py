"""Pages and webhooks in processes of their own: what they show and tell is folded from the journal and the bus."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from redis.asyncio import Redis

from core import events as e
from core.commands import Command, Order
from core.errors import JournalFault
from core.events.base import Event
from core.mind import Configurations
from core.ports import Mint, Submit
from core.step import Step
from core.wire import Wire
from crm_bridge.webhooks import Webhooks
from journal.keys import KeyStore
from journal.reading import Reader
from runtime.memory import fold, reading
from runtime.places import Places
from runtime.scaled.feed import Follower
from runtime.scaled.first_picture import first_picture, past
from runtime.settings import Loaded, compile_content
from runtime.telling.explained import Explanations
from softphone_ui.perform import FirstPicture, Pages

log = logging.getLogger("allo.bus")

# A journal that is not there yet, or does not answer, is asked again after so long.
AGAIN_S: Final = 1.0


class FollowingPages:
    """The pages as an edge (core.ports.Edge) of runtime/scaled/edge_process.py: kept steps come by the bus."""

    name = Pages.name
    performs: tuple[type[Command], ...] = ()

    def __init__(self, pages: Pages, loaded: Loaded, places: Places, redis: Redis, keys: KeyStore) -> None:
        self.pages = pages
        self._loaded = loaded
        self._places = places
        self._redis = redis
        self._wire = Wire(keys)
        self._follower: Follower | None = None
        self._in_force = loaded.centre.digest

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Takes the address and folds the journal; raises AlloError with the remedy."""
        kept = await asyncio.to_thread(reading, self._loaded.settings.journal, self._places)
        first = await asyncio.to_thread(self._first, kept)
        self.pages.use(lambda: first, explains=Explanations(kept, lambda: self.pages.picture.centre))
        self._configured(self._in_force, kept)
        await self.pages.start(submit, mint)
        self._follower = Follower(
            self._redis, self._wire, kept, self.name, lambda step: self._hear(step, kept), first[0].seq
        )
        self._follower.start()

    def _hear(self, step: Step, kept: Reader) -> None:
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.ConfigurationApplied):
                self._configured(fact.digest, kept)
        self.pages.hear(step)

    def _configured(self, digest: str, kept: Reader) -> None:
        """The kernel works by another configuration than the files that we read: so do we."""
        if digest == self.pages.picture.centre.digest:
            return
        try:
            content = kept.configuration(digest)
        except JournalFault as fault:
            log.error("%s", fault)
            return
        if content is not None:
            self.pages.picture.centre = compile_content(content)

    def _first(self, kept: Reader) -> FirstPicture:
        """A kernel that decides nothing knows where everything stands."""
        kernel = fold(kept, self._wire, Configurations(self._loaded.centre))
        self._in_force = kernel.configurations.now.digest
        return first_picture(past(kernel), kept)

    def greeted(self) -> None:
        self.pages.say_who_is_here()

    def refused(self, request: str) -> None:
        self.pages.refused(request)

    async def stop(self) -> None:
        follower, self._follower = self._follower, None
        if follower is not None:
            await follower.stop()
        await self.pages.stop()

    async def perform(self, order: Order) -> Event:
        return e.OrderRefused(cause=self.name, order=order.id, command=order.command, reason="pages perform nothing")


async def tell_others(webhooks: Webhooks, loaded: Loaded, places: Places, redis: Redis, keys: KeyStore) -> None:
    """Delivers webhooks until it is cancelled; a journal that is not there yet is waited for.

    The outbox knows how far it has told: whatever the bus does not bring is read in the journal from there.
    """
    kept, last = await _journal(loaded, places)
    await webhooks.start(_nothing_is_submitted, str)
    follower = Follower(redis, Wire(keys), kept, webhooks.name, webhooks.hear, last)
    follower.start()
    log.info("webhooks : le journal est suivi à partir de l'étape %d", last)
    try:
        await asyncio.Event().wait()
    finally:
        await follower.stop()
        await webhooks.stop()


async def _journal(loaded: Loaded, places: Places) -> tuple[Reader, int]:
    while True:
        try:
            kept = await asyncio.to_thread(reading, loaded.settings.journal, places)
            return kept, await asyncio.to_thread(kept.last_seq)
        except JournalFault as fault:
            log.warning("les webhooks attendent : %s", fault)
            await asyncio.sleep(AGAIN_S)


def _nothing_is_submitted(_fact: Event) -> None:
    """Webhooks tell others, never us."""
