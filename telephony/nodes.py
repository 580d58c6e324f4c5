"""Nodes: an Asterisk of ours, which we start, find again and watch, or somebody else's, which we only log in to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import subprocess
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, Protocol

from core import limits
from core.errors import AlloError
from telephony import process
from telephony.conf import NodeSettings, write
from telephony.link import AmiAddress
from telephony.process import NodeFault

_log = logging.getLogger("allo.telephony")

# Asterisk boots in half a second, in several on a machine under load.
START_S: Final = 20.0
# How often we look whether the process lives.
LOOK_S: Final = 0.2
# A run of this length forgives the deaths before it.
STEADY_S: Final = 60.0
# Asterisk keeps freed memory (1.2 GB after heavy load); given back this often.
TRIM_S: Final = 600.0
# How a changed file is read again; the others only count at the next start.
RELOADS: Final = {
    "pjsip.conf": tuple(
        f"module reload {module}.so"
        for module in ("res_pjsip", "res_pjsip_endpoint_identifier_ip", "res_pjsip_outbound_registration")
    ),
    "extensions.conf": ("dialplan reload",),
    "musiconhold.conf": ("moh reload",),
    "features.conf": ("module reload features",),
    "manager.conf": ("manager reload",),
}


class Node(Protocol):
    """What the edge needs of an Asterisk; `messages` is where it may record, None if that is not said."""

    name: str
    ami: AmiAddress
    messages: Path | None

    async def start(self) -> None:
        """Ready to be logged in to; raises NodeFault with the remedy."""

    async def leave(self) -> None:
        """Stops watching; Asterisk and its calls go on."""


class AttachedNode:
    """An Asterisk that others run.

    Its dialplan must have the contexts `from-trunk` and `allo` as conf_texts.py writes them, its AMI account the rights
    that conf.py gives, its desk phones SIP accounts of PJSIP.
    """

    def __init__(self, name: str, ami: AmiAddress) -> None:
        self.name = name
        self.ami = ami
        self.messages: Path | None = None  # its disk is not ours

    async def start(self) -> None:
        """Nothing to do: it runs or it does not."""

    async def leave(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do: it is not ours to stop."""


class OwnNode:
    """An Asterisk that Allo starts and keeps alive.  `pid` is None while it is not running; `starts` counts ours."""

    def __init__(self, settings: NodeSettings) -> None:
        self.settings = settings
        self.name = settings.name
        self.ami = AmiAddress(settings.ami_address, settings.ami_port, settings.ami_user, settings.ami_secret)
        self.messages: Path | None = settings.directory / "messages"
        self.pid: int | None = None
        self.starts = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._lock: int | None = None

    async def start(self) -> None:
        """Finds the running Asterisk of this directory, or starts one, and watches it.

        Raises NodeFault (driven by another Allo, port taken, does not start), UnsafeValue or ConfigurationFault.
        """
        if self._tasks:
            return
        self._lock = process.take(self.settings)
        try:
            self.pid = process.running_pid(self.settings)
            if self.pid is not None:
                await self._adopt(self.pid)
            else:
                await self._launch()
        except BaseException:
            self._release()
            raise
        self._tasks = [self._task(self._watch(), "watch"), self._task(self._trim(), "trim")]

    async def leave(self) -> None:
        """Stops watching; Asterisk and its calls go on, and the next Allo adopts them."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._release()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    async def stop(self) -> None:
        """Ends Asterisk, and every call in it."""
        await self.leave()
        pid = self.pid or process.running_pid(self.settings)
        if pid is not None:
            await process.end(self.settings, pid, self._child)
        self.pid = self._child = None

    async def change(self, settings: NodeSettings) -> None:
        """Applies other telephones, trunks or music to the running Asterisk; calls go on.

        Address, ports and AMI account take effect at its next start only.
        """
        self.settings = settings
        await self._reload(await asyncio.to_thread(write, settings))

    async def _adopt(self, pid: int) -> None:
        if not await self._answers(pid):
            raise NodeFault(
                f"L'Asterisk de « {self.name} » tourne (processus {pid}) mais n'écoute pas sur "
                f"{self.ami.host}:{self.ami.port} : le port AMI a changé ? L'arrêter (kill {pid}) puis relancer."
            )
        _log.info("Asterisk « %s » tourne déjà (processus %d) : repris", self.name, pid)
        await self._reload(await asyncio.to_thread(write, self.settings))

    async def _reload(self, changed: list[str]) -> None:
        for name in changed:
            for command in RELOADS.get(name, ()):
                if not await process.console(self.settings, command):
                    _log.warning("Asterisk « %s » n'a pas relu %s", self.name, name)
            if name not in RELOADS:
                _log.warning("Asterisk « %s » lira %s à son prochain démarrage", self.name, name)

    async def _launch(self) -> None:
        process.check_command(self.settings)
        process.check_ports(self.settings)
        await asyncio.to_thread(write, self.settings)
        process.clear(self.settings)
        self._child = process.spawn(self.settings)
        self.pid = self._child.pid
        self.starts += 1
        lives = await self._answers(self.pid) and await process.booted(self.settings)
        words = process.shortcomings(self.settings) if lives else process.last_words(self.settings)
        if lives and not words:
            return
        if process.alive(self.pid):
            await process.end(self.settings, self.pid, self._child)
        self.pid = self._child = None
        raise NodeFault(f"Asterisk « {self.name} » ne démarre pas. Ses dernières lignes :\n{words}")

    async def _answers(self, pid: int) -> bool:
        """Waits until AMI greets; False if the process dies or START_S pass."""
        loop = asyncio.get_running_loop()
        until = loop.time() + START_S
        while loop.time() < until:
            if self._child is not None:
                self._child.poll()
            if not process.alive(pid):
                return False
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    reader, writer = await asyncio.open_connection(self.ami.host, self.ami.port)
                    try:
                        if (await reader.readline()).startswith(b"Asterisk Call Manager/"):
                            return True
                    finally:
                        writer.close()
            await asyncio.sleep(0.02)
        return False

    async def _watch(self) -> None:
        """Starts Asterisk again when it has died, ever more slowly while it keeps dying."""
        loop = asyncio.get_running_loop()
        wait_ms = limits.RESTART_FIRST_MS
        since = loop.time()
        while True:
            await asyncio.sleep(LOOK_S)
            if self._child is not None:
                self._child.poll()
            if self.pid is not None and process.alive(self.pid):
                continue
            if loop.time() - since > STEADY_S:
                wait_ms = limits.RESTART_FIRST_MS
            _log.error("Asterisk « %s » est mort : redémarrage dans %d ms", self.name, wait_ms)
            self.pid = None
            await asyncio.sleep(wait_ms / 1000)
            wait_ms = min(wait_ms * 2, limits.RESTART_LAST_MS)
            try:
                await self._launch()
            except (AlloError, OSError) as fault:  # a port taken meanwhile, a disk that is full: tried again
                _log.error("Asterisk « %s » : %s", self.name, fault)
            since = loop.time()

    async def _trim(self) -> None:
        """Gives back memory that Asterisk keeps, and puts a long log away."""
        while True:
            await asyncio.sleep(TRIM_S)
            await process.console(self.settings, "malloc trim")
            if process.put_log_away(self.settings):
                await process.console(self.settings, "logger reload")

    def _task(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work, name=f"telephony-{what}-{self.name}")


def kept_secret(directory: Path) -> str:
    """The AMI password of this directory, made at the first call: the next Allo must know it to adopt Asterisk."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / "ami.secret"
    with contextlib.suppress(FileNotFoundError):
        found = file.read_text(encoding="ascii").strip()
        if found:
            return found
    made = secrets.token_urlsafe(24)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(made + "\n")
    return made
