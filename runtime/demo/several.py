"""What `./allo demo --scaled` adds: a Valkey and a PostgreSQL of its own, and each other part as a process beside the
one that decides."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import aiohttp

from core import events as e
from core.errors import AlloError
from core.step import Step
from runtime import logs
from runtime.crm import make_webhooks
from runtime.edges import AWAY, make_node
from runtime.places import Places
from runtime.platform import Platform
from runtime.process import live
from runtime.scaled.roles import run_edges
from runtime.scaled.servers import PrivatePostgres, PrivateValkey
from runtime.scaled.webhook_process import ended
from runtime.settings import Loaded
from runtime.settings.servers import BUS_URL, JOURNAL_URL
from softphone_ui.hall import Where
from telephony.nodes import OwnNode

PARTS: Final = AWAY
# Asterisk starts in a second, in several on a machine under load.
OPEN_S: Final = 60.0
STOP_S: Final = 20.0
LOOK_S: Final = 0.1


@contextlib.asynccontextmanager
async def private_servers() -> AsyncIterator[None]:
    """Servers for this demo alone, named to us and to our children by the environment; raises ServerFault."""
    directory = Path(tempfile.mkdtemp(prefix="allo-demo-"))
    os.chmod(directory, 0o711)  # PostgreSQL may run as another account
    postgres, valkey = PrivatePostgres(directory / "pg"), PrivateValkey(directory / "vk")
    try:
        await asyncio.to_thread(postgres.start)
        await asyncio.to_thread(valkey.start)
        os.environ[JOURNAL_URL] = await asyncio.to_thread(postgres.make_database, "demo")
        os.environ[BUS_URL] = valkey.url
        yield
    finally:
        for variable in (JOURNAL_URL, BUS_URL):
            os.environ.pop(variable, None)
        await asyncio.to_thread(valkey.stop)
        await asyncio.to_thread(postgres.stop)
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.asynccontextmanager
async def other_processes(platform: Platform) -> AsyncIterator[None]:
    """Every part but the kernel; in the end they stop, and Asterisk with them.

    Yields once the node was seen and the pages answer; raises AlloError if they do not, or a part ends.
    """
    seen = asyncio.Event()

    def listen(step: Step) -> None:
        if isinstance(step.input, e.NodeSeen):
            seen.set()

    leave = platform.bus.listen(listen)
    webhooks = make_webhooks(platform.loaded, platform.places)
    if webhooks is not None:  # calls that come while its process starts are told too
        await asyncio.to_thread(webhooks.begin)
    parts = [_part(platform, role) for role in PARTS]
    try:
        ends = [asyncio.create_task(ended(part)) for part in parts]
        opening = asyncio.create_task(_open(seen, platform.loaded.settings.pages))
        done, _ = await asyncio.wait([opening, *ends], timeout=OPEN_S, return_when=asyncio.FIRST_COMPLETED)
        leave()
        for waiting in (opening, *ends):
            waiting.cancel()
        if opening not in done:
            said = ", ".join(str(_log_of(platform, role)) for role in PARTS)
            raise AlloError(f"Une partie du centre n'a pas démarré ; ce qu'elle a dit : {said}.")
        yield
    finally:
        for part in parts:
            part.terminate()
        await asyncio.gather(*(_gone(part) for part in parts))
        node = make_node(platform.loaded, platform.places, platform.secrets)
        if isinstance(node, OwnNode):
            await node.stop()


async def _open(seen: asyncio.Event, pages: Where | None) -> None:
    """Until calls can come, and robots can log in."""
    await seen.wait()
    if pages is None:
        return
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=OPEN_S)) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(min(pages.origins), ssl=False):
                    return
            await asyncio.sleep(LOOK_S)


def _log_of(platform: Platform, role: str) -> Path:
    return platform.places.run / f"{role}.log"


def _part(platform: Platform, role: str) -> BaseProcess:
    """What `./allo up --role` runs, with this demonstration's configuration, which stands in no file."""
    spawn = multiprocessing.get_context("spawn")
    told = (platform.loaded, platform.places, role, _log_of(platform, role))
    part = spawn.Process(target=run_part, args=told, daemon=True, name=role)
    part.start()
    return part


async def _gone(part: BaseProcess) -> None:
    try:
        await asyncio.wait_for(ended(part), STOP_S)
    except TimeoutError:
        part.kill()
    part.join()


def run_part(loaded: Loaded, places: Places, role: str, log: Path) -> None:
    """The whole life of a part's process; what it says goes to `log`."""
    os.setsid()  # Ctrl-C is for the demo, which then stops its parts
    with log.open("wb", buffering=0) as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    logs.start("info")
    try:
        live(run_edges(loaded, places, (role,)))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
