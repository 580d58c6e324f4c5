"""One platform in one process: memory, kernel, loop and edges, plugged together, started and stopped.

Starting is recovering: fold the journal, say that we are here, close or repeat the orders that a crash left open, and
only then let the edges in.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import logging
import os
import time
from collections.abc import Collection
from typing import Final

from core import events as e
from core import ids
from core.errors import JournalFault
from core.mind import Configurations
from core.ports import Hearer
from core.step import Step
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.edges import Edges, phone_secret
from runtime.lanes import Lanes
from runtime.loop import Loop
from runtime.memory import Memory
from runtime.places import ROOT, Places, Secrets
from runtime.scaled.first_picture import first_picture, past
from runtime.scaled.remote import abandoned
from runtime.scaled.wires import Wires
from runtime.settings import Loaded
from runtime.telling.explained import Explanations
from softphone_ui.perform import Pages
from telephony.nodes import OwnNode
from telephony.perform import Telephony

log = logging.getLogger("allo.platform")

STOP_S: Final = 10.0


def release() -> str:
    """This code's version, as pyproject.toml has it."""
    import tomllib

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


class Platform:
    """A centre that runs: `start`, then `bus` and `loop` are there; `stop` in the end."""

    def __init__(self, loaded: Loaded, places: Places, *, encode_bus: bool = False, away: Collection[str] = ()) -> None:
        """Edges named in `away` are in processes of their own, reached over the bus."""
        self.loaded = loaded
        self.places = places
        self._encode_bus = encode_bus
        places.make()
        self.secrets = Secrets(places.secrets)
        self.edges = Edges(loaded, places, self.secrets, away)
        self.node = self.edges.node
        self.bus: Bus
        self.loop: Loop
        self.memory: Memory
        self._running: asyncio.Task[None] | None = None
        self._snapshotting: asyncio.Task[None] | None = None
        self._wires: Wires | None = None

    async def start(self, memory: Memory | None = None) -> None:
        """Recovers, from `memory` if it is open already, then lets the edges in.

        Raises AlloError with the remedy; then nothing of ours runs.
        """
        self.memory = memory or Memory.configured(self.loaded.settings.journal, self.places)
        self.edges.recordings.use(self.memory.keys)
        try:
            await self._start()
        except BaseException:
            if isinstance(self.node, OwnNode) and self.node.starts:
                await self.node.stop()  # we started it a moment ago: it has no calls
            await self._close()
            raise

    async def _start(self) -> None:
        journal = self.memory.log
        journal.start(self._on_alarm)
        if journal.salvage is not None:
            log.error("%s", journal.salvage.message)
        if self.memory.keys.salvage is not None:
            log.error("%s", self.memory.keys.salvage)
        kernel = await asyncio.to_thread(self.memory.recover, Configurations(self.loaded.centre))
        theirs = tuple(command for edge in self.edges.away for command in edge.performs)
        with contextlib.suppress(JournalFault):
            await asyncio.to_thread(self.edges.recordings.sweep)
        open_orders = [order for order in kernel.orders.values() if not isinstance(order.command, theirs)]
        clock = Clock(time.time, time.monotonic, not_before_ms=kernel.now_ms)
        self.bus = Bus(self.memory.wire if self._encode_bus else None)
        self.bus.listen(self._snapshot_when_due)
        self.loop = Loop(kernel, journal, clock, self.bus)
        self.loop.lanes = Lanes(self.edges, self.loop.submit)
        journal.keep_configuration(self.loaded.centre.digest, self.loaded.content)
        kernel.configurations.add(self.loaded.centre)
        self.loop.submit(e.ConfigurationApplied(cause="start", digest=self.loaded.centre.digest))
        for order in open_orders:
            self.loop.submit(abandoned(order))
        self.loop.submit(e.CentreStarted(cause="start", release=release()))
        if isinstance(self.edges.telephony, Telephony):
            self.edges.telephony.remember(frozenset(kernel.mind("calls").calls))
        if self.loaded.settings.bus.url:
            self._wires = Wires(
                self.loaded.settings.bus, self.memory, self.loop, self.edges.away, lambda: self.loaded.read
            )
            self.bus.listen(self._wires.take)
        for edge in self.edges:
            if isinstance(edge, Hearer):
                self.bus.listen(edge.hear)
        if isinstance(self.edges.pages, Pages):
            now = past(kernel)
            explains = Explanations(journal.reader, lambda: kernel.configurations.now)
            self.edges.pages.use(lambda: first_picture(now, journal), self.loop.offer, explains)
        self._running = asyncio.create_task(self.loop.run(), name="kernel-loop")
        for edge in self.edges:
            await edge.start(self.loop.submit, self.mint)

    async def failed(self) -> None:
        """Waits until the loop ends by itself, which is a bug of ours; raises what ended it."""
        if self._running is not None:
            await asyncio.shield(self._running)

    def mint(self) -> ids.InteractionId:
        """A new interaction's id."""
        return ids.mint(self.loop.clock.now_ms(), os.urandom(10))

    async def stop(self, *, with_asterisk: bool) -> None:
        """Leaves.  Calls go on in Asterisk for the next start, unless `with_asterisk`."""
        await self.edges.telephony.stop()
        if with_asterisk and self.node is not None:
            await self.node.stop()
        await self._close()

    async def _close(self) -> None:
        if self._running is not None:
            if self.loop.lanes is not None:
                await self.loop.lanes.stop()
            self.loop.stop()
            await asyncio.wait([self._running], timeout=STOP_S)
            self._running = None
            for edge in reversed(self.edges.all):
                await edge.stop()
            if self._wires is not None:
                await self._wires.stop()
        await self.memory.log.stop()
        self.memory.keys.close()

    def phone_secret(self, account: str) -> str:
        """The SIP password of a desk phone."""
        return phone_secret(self.loaded.settings.telephony, self.secrets, account)

    def _on_alarm(self, kept: bool, reason: str) -> None:
        (log.warning if kept else log.error)("journal : %s", reason or "écrit de nouveau")
        if self._running is not None:
            self.loop.note_journal(kept)

    def _snapshot_when_due(self, _step: Step) -> None:
        if not self.memory.log.snapshot_due or (self._snapshotting is not None and not self._snapshotting.done()):
            return
        self._snapshotting = asyncio.create_task(self._snapshot())

    async def _snapshot(self) -> None:
        unwritten = self.memory.snapshot_of(self.loop.kernel)
        self.memory.log.keep_snapshot(await asyncio.to_thread(self.memory.encoded, unwritten))


def installed(package: str) -> str:
    """The version of a Python package, empty if it is not there."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
