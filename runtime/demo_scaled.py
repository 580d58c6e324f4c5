"""What `./allo demo --scaled` adds: a Valkey and a PostgreSQL of its own, and telephony and speech as processes beside
the one that decides."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from core import events as e
from core.errors import AlloError
from core.step import Step
from runtime.edges import make_node
from runtime.platform import Platform
from runtime.servers import PrivatePostgres, PrivateValkey
from runtime.settings.servers import BUS_URL, JOURNAL_URL
from telephony.nodes import OwnNode

PARTS: Final = ("telephony", "speech")
"""The robots' pages and their receiver of webhooks know the centre of this process: those parts stay in it."""

# Asterisk starts in a second, in several on a machine under load.
OPEN_S: Final = 60.0
STOP_S: Final = 20.0


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
async def other_processes(config: Path, platform: Platform) -> AsyncIterator[None]:
    """Telephony and speech; in the end they stop, and Asterisk with them.  Yields once the node was seen."""
    seen = asyncio.Event()

    def listen(step: Step) -> None:
        if isinstance(step.input, e.NodeSeen):
            seen.set()

    leave = platform.bus.listen(listen)
    children = [await _part(config, role, _log_of(platform, role)) for role in PARTS]
    try:
        ends = [asyncio.create_task(child.wait()) for child in children]
        opening = asyncio.create_task(seen.wait())
        done, _ = await asyncio.wait([opening, *ends], timeout=OPEN_S, return_when=asyncio.FIRST_COMPLETED)
        leave()
        if opening not in done:
            said = ", ".join(str(_log_of(platform, role)) for role in PARTS)
            raise AlloError(f"Une partie du centre n'a pas démarré ; ce qu'elle a dit : {said}.")
        yield
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        for child in children:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), STOP_S)
        node = make_node(platform.loaded, platform.places, platform.secrets)
        if isinstance(node, OwnNode):
            await node.stop()


def _log_of(platform: Platform, role: str) -> Path:
    return platform.places.run / f"{role}.log"


async def _part(config: Path, role: str, log: Path) -> asyncio.subprocess.Process:
    with open(log, "wb") as said:  # noqa: ASYNC230  a moment
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "runtime", "up", "--role", role, "--config", str(config)),
            stdout=said,
            stderr=said,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops its parts
        )
