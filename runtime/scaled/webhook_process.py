"""Webhooks in a process of their own: they follow the journal, so that telling others costs no call its time.

The kernel's process starts it, starts it again when it ends, and is left alone by it: what is told is read from the
kept steps, from where the outbox stands.  It ends when its parent does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from typing import Final

from core import events as e
from core.commands import Command, Order
from core.errors import AlloError
from core.events.base import Event
from core.ports import Mint, Submit
from runtime import logs
from runtime.crm import endpoints, make_webhooks
from runtime.places import Places
from runtime.process import live
from runtime.settings import Loaded

log = logging.getLogger("allo.webhooks")

NAME: Final = "webhooks"
# How often the journal is looked at: nobody notices a tenth of a second, and a look costs a tenth of a millisecond.
LOOK_S: Final = 0.1
AGAIN_FIRST_S: Final = 0.2
AGAIN_LAST_S: Final = 10.0
STOP_S: Final = 5.0


class WebhookProcess:
    """A core.ports.Edge that performs nothing: it sees to it that the process runs."""

    name = NAME
    performs: tuple[type[Command], ...] = ()

    def __init__(self, loaded: Loaded, places: Places) -> None:
        """Raises ConfigurationFault for a secret that is not set, or that is none."""
        endpoints(loaded.settings.webhooks)
        self._loaded = loaded
        self._places = places
        self._process: BaseProcess | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Notes where the journal stands before anything happens; raises AlloError if the outbox cannot be opened."""
        del submit, mint
        await asyncio.to_thread(self._begin)
        self._watching = asyncio.create_task(self._watch(), name="webhook-process")

    def _begin(self) -> None:
        """An outbox that begins today begins here: what comes while the process starts is told too."""
        webhooks = make_webhooks(self._loaded, self._places)
        if webhooks is not None:
            webhooks.begin()

    async def stop(self) -> None:
        """Ends it; what waits is on the disk."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                await asyncio.wait_for(ended(process), STOP_S)
            except TimeoutError:
                process.kill()
                await ended(process)
            process.join()

    async def perform(self, order: Order) -> Event:
        """There is nothing to order here."""
        return e.OrderRefused(cause=NAME, order=order.id, command=order.command, reason="webhooks take no orders")

    async def _watch(self) -> None:
        again_s = AGAIN_FIRST_S
        # Spawned, never forked: the kernel's threads and sockets are none of its business.
        spawn = multiprocessing.get_context("spawn")
        while True:
            started_s = asyncio.get_running_loop().time()
            process = spawn.Process(target=run, args=(self._loaded, self._places, os.getpid()), daemon=True, name=NAME)
            process.start()  # some milliseconds, and never a process that nobody knows of
            self._process = process
            await ended(process)
            process.join()
            log.error("les webhooks se sont arrêtés (code %s) : ils repartent", self._process.exitcode)
            lived_s = asyncio.get_running_loop().time() - started_s
            again_s = AGAIN_FIRST_S if lived_s > AGAIN_LAST_S else min(again_s * 2, AGAIN_LAST_S)
            await asyncio.sleep(again_s)


async def ended(process: BaseProcess) -> None:
    """Waits for its end without a thread."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(process.sentinel)


def run(loaded: Loaded, places: Places, parent: int) -> None:
    """The whole life of that process."""
    logs.start("warning")
    os.setsid()  # what is sent to the centre's group is for the centre, which then ends us
    live(_deliver(loaded, places, parent))


async def _deliver(loaded: Loaded, places: Places, parent: int) -> None:
    """Follows the journal until we are told to end, or the parent is no more."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    webhooks = make_webhooks(loaded, places)
    started = False
    while webhooks is not None and os.getppid() == parent and not told.is_set():
        try:
            if not started:
                await webhooks.start(lambda _fact: None, str)
                started = True
            webhooks.look()
        except AlloError as fault:
            log.warning("les webhooks attendent : %s", fault)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), LOOK_S if started else AGAIN_FIRST_S)
    if webhooks is not None and started:
        await webhooks.stop()
