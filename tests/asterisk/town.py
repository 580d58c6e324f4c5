"""A running centre with its telephones: in the test's own process, or in one that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from core import events as e
from runtime.places import Places
from runtime.platform import Platform
from runtime.settings import JournalSettings, load
from tests.asterisk.ground import Site, end_asterisk
from tests.asterisk.manager import no_channel_left
from tests.asterisk.small_centre import SmallCentre, quick
from tests.asterisk.telephones import Citizen, Desk, Exchange, all_hear, both_hear
from tests.asterisk.watch import Watch, following

ROOT: Final = Path(__file__).resolve().parents[2]
STARTED_S: Final = 90.0
"""How long a process may take to start or end: two seconds by itself, forty where twenty others want the processor."""


class Town:
    """A centre at a site, the telephones around it, and everything it said."""

    def __init__(self, site: Site, watch: Watch) -> None:
        self.site = site
        self.watch = watch
        self.exchange = Exchange(site, watch, self.secret)

    def secret(self, account: str) -> str:
        """The password of a desk phone, as the centre made it."""
        return str(json.loads((self.site.run / "secrets.json").read_text())[f"phone.{account}"])

    async def desk(self, number: int = 1) -> Desk:
        """Agent `number`, at the telephone and logged in: available, or offered to whoever waits."""
        desk = await self.exchange.desk(number)
        await self.watch.until(
            lambda: self.watch.agent_states().get(desk.name, "logged_out") != "logged_out", f"{desk.name} logged in"
        )
        return desk

    async def desks(self, count: int) -> list[Desk]:
        return list(await asyncio.gather(*(self.desk(number) for number in range(1, count + 1))))

    async def talking(self, citizen: Citizen, desk: Desk) -> None:
        """The agent takes the call of that citizen, and each hears the other."""
        await desk.takes()
        await citizen.fact(e.CallConnected, agent=desk.name)
        await both_hear(citizen, desk)

    async def serves(self, citizen: Citizen, desk: Desk) -> None:
        """The agent takes that citizen's call, they talk, the agent hangs up; told by the telephones alone."""
        await desk.takes(30)
        await both_hear(citizen, desk)
        await desk.hang_up()
        await citizen.call.ended(15)

    async def talking_still(self, citizen: Citizen, desk: Desk) -> None:
        """They hear each other in sound that comes from now on."""
        await all_hear([(citizen, desk)])

    async def outcome(self, citizen: Citizen, outcome: str) -> e.InteractionEnded:
        """Waits for the end of the interaction, and says that it is this one."""
        ended: e.InteractionEnded = await citizen.fact(e.InteractionEnded)
        assert ended.outcome == outcome, f"ended as {ended.outcome} ({ended.reason}), not {outcome}"
        return ended


class Here(Town):
    """A centre in this process."""

    def __init__(self, site: Site, watch: Watch, platform: Platform) -> None:
        super().__init__(site, watch)
        self.platform = platform

    async def settled(self) -> None:
        """Everybody has hung up: no interaction, no channel, no agent busy, no law broken."""
        await self.watch.until(lambda: not self.watch.here(), f"the end of {sorted(self.watch.here())}")
        await no_channel_left(self.site)
        busy = {"offered", "on_interaction"}
        await self.watch.until(lambda: not busy & set(self.watch.agent_states().values()), "every agent free")
        assert self.watch.broken_laws() == []
        assert self.platform.loop.kernel.mind("ledger").balanced()
        assert [desk.name for desk in self.exchange.desks.values() if desk.doubled] == []


@contextlib.asynccontextmanager
async def centre_here(site: Site, watch: Watch, small: SmallCentre, **queue: int) -> AsyncIterator[Here]:
    """A centre of this process, on the Asterisk that runs at the site if one does; Asterisk runs on afterwards."""
    loaded = load(small.write(site))
    platform = Platform(quick(loaded, **queue) if queue else loaded, Places(run=site.run), encode_bus=True)
    await platform.start()
    for step in platform.memory.log.steps():  # what was said before anybody could listen
        watch.take(step)
    platform.bus.listen(watch.take)
    town = Here(site, watch, platform)
    try:
        yield town
    finally:
        await town.exchange.close()
        await platform.stop(with_asterisk=False)


class Process:
    """`python -m runtime up` at a site; `lines` is what it printed, on both outputs."""

    def __init__(self, site: Site, child: asyncio.subprocess.Process) -> None:
        self.site = site
        self.child = child
        self.lines: list[str] = []
        self._news = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def start(
        cls,
        site: Site,
        environment: Mapping[str, str] | None = None,
        before: tuple[str, ...] = (),
        roles: tuple[str, ...] = (),
    ) -> Process:
        """Starts it, without waiting.  `before` is a command that runs it (`prlimit …`)."""
        told = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        told |= {"ALLO_HOME": str(site.home), "PYTHONPATH": str(ROOT), **(environment or {})}
        child = await asyncio.create_subprocess_exec(
            *before,
            *(sys.executable, "-P", "-m", "runtime", "up", "--config", str(site.config)),
            *(word for role in roles for word in ("--role", role)),
            cwd=ROOT,
            env=told,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return cls(site, child)

    async def _read(self) -> None:
        assert self.child.stdout is not None
        async for line in self.child.stdout:
            self.lines.append(line.decode("utf-8", "replace").rstrip())
            self._news.set()

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    async def says(self, words: str, within_s: float = STARTED_S) -> None:
        """Waits until it has printed these words."""
        try:
            async with asyncio.timeout(within_s):
                while words not in self.said:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"« {words} » not said within {within_s:g} s, was:\n{self.said}") from None

    async def open(self) -> None:
        """Waits until the centre is open."""
        await self.says("est ouvert")

    async def code(self, within_s: float = STARTED_S) -> int:
        """Waits for its end, and gives the exit code."""
        async with asyncio.timeout(within_s):
            code = await self.child.wait()
            await self._reading
        return code

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Ends it by its pid, and waits until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(number)
        return await self.code()


class Elsewhere(Town):
    """A centre in a process of its own, started as often as a test wants; its journal is followed."""

    def __init__(self, site: Site, watch: Watch) -> None:
        super().__init__(site, watch)
        self.processes: list[Process] = []

    @property
    def process(self) -> Process:
        return self.processes[-1]

    async def up(self, environment: Mapping[str, str] | None = None, before: tuple[str, ...] = ()) -> Process:
        """Starts the centre (again) and waits until it is open."""
        process = await self.begin(environment, before)
        await process.open()
        return process

    async def begin(self, environment: Mapping[str, str] | None = None, before: tuple[str, ...] = ()) -> Process:
        """Starts the centre (again)."""
        process = await Process.start(self.site, environment, before)
        self.processes.append(process)
        return process


async def _ended(town: Elsewhere | Scaled, site: Site) -> None:
    await town.exchange.close()
    for process in town.processes:
        if process.child.returncode is None:
            await process.kill()
    await asyncio.to_thread(end_asterisk, site)


@contextlib.asynccontextmanager
async def centre_elsewhere(site: Site, watch: Watch, small: SmallCentre) -> AsyncIterator[Elsewhere]:
    """A site for `python -m runtime up`, nothing started yet; whatever was is ended."""
    journal = load(small.write(site)).settings.journal
    town = Elsewhere(site, watch)
    async with following(journal, site.run, watch):
        try:
            yield town
        finally:
            await _ended(town, site)


class Scaled(Town):
    """A centre whose parts are a process each, over a real Valkey and PostgreSQL."""

    def __init__(self, site: Site, watch: Watch, journal: JournalSettings) -> None:
        super().__init__(site, watch)
        self.journal = journal
        self.running: dict[str, Process] = {}
        self.processes: list[Process] = []

    async def up(self, *roles: str, environment: Mapping[str, str] | None = None) -> None:
        """Starts these parts (again), and waits until they are at work."""
        for role in roles:
            process = self.running[role] = await Process.start(self.site, environment, roles=(role,))
            self.processes.append(process)
            await process.says("est ouvert" if role == "kernel" else "en marche")

    async def kill(self, role: str) -> None:
        await self.running.pop(role).kill()

    async def stands_by(self) -> Process:
        """Starts a second kernel, which waits for its turn."""
        process = await Process.start(self.site, roles=("kernel",))
        self.processes.append(process)
        await process.says("attend, et prend la suite")
        return process

    async def nothing_is_left(self) -> None:
        """Everybody has hung up, and no law was broken."""
        await self.watch.until(lambda: not self.watch.here(), "the end of every interaction")
        await no_channel_left(self.site)
        assert self.watch.broken_laws() == []
        assert [desk.name for desk in self.exchange.desks.values() if desk.doubled] == []


@contextlib.asynccontextmanager
async def centre_scaled(site: Site, watch: Watch, small: SmallCentre) -> AsyncIterator[Scaled]:
    """A site for `python -m runtime up --role …`, nothing started yet; whatever was is ended."""
    loaded = load(small.write(site))
    town = Scaled(site, watch, loaded.settings.journal)
    async with following(loaded.settings.journal, site.run, watch):
        try:
            yield town
        finally:
            await _ended(town, site)
