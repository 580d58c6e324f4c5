"""`./allo demo`: the whole centre at work, with callers and agents at real SIP telephones, in a live table.

The centre runs in this process exactly as `./allo up` would; citizens and agents are another process (traffic/) that
reaches it only through Asterisk, and says what it heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.live import Live

from core.errors import AlloError, ConfigurationFault
from core.step import Step
from runtime import logs
from runtime.commands.passwords import let_in
from runtime.demo.board import Busiest, board
from runtime.demo.plan import demo_plan
from runtime.demo.town import Town
from runtime.places import ROOT, Places, home
from runtime.platform import Platform
from runtime.process import live
from runtime.settings import load
from runtime.telling.view import View, percentile

# After the last call: agents' phones say what they heard, within this.
GOODBYE_S: Final = 30.0

_console: Final = Console(stderr=True)


def run_demo(
    config: Path,
    *,
    calls: int,
    rate_per_min: float,
    seed: int,
    picture: Path | None,
    as_json: bool,
    scaled: bool = False,
) -> int:
    """Runs until `calls` have ended (0: until Ctrl-C); 0 if nobody was lost."""
    logs.start("warning")
    plan = _Plan(calls, rate_per_min, seed)
    try:
        result = live((_demo_scaled if scaled else _demo)(config, plan, picture, quiet=as_json))
    except (AlloError, ConfigurationFault) as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(result))
    else:
        _say(result)
        if not scaled:  # whose journal went with its PostgreSQL
            print("La vie d'un appel : ./allo trace, puis ./allo trace ID")
    return 1 if result["lost"] or (calls and result["connected"] + result["abandoned"] < calls) else 0


class _Plan(NamedTuple):
    """How many calls (0: without end), how often, and the seed that they are drawn from."""

    calls: int
    rate_per_min: float
    seed: int

    def write(self, platform: Platform) -> Path:
        """For the crowd; every telephone's password is made by then, before another process would make its own."""
        file = platform.places.run / "demo.json"
        made = demo_plan(platform, calls=self.calls, rate_per_min=self.rate_per_min, seed=self.seed)
        file.write_text(json.dumps(made))
        file.chmod(0o600)
        return file


def _places() -> Places:
    places = Places(run=home() / "run", demonstration=True)
    places.make()
    return places


async def _demo(config: Path, plan: _Plan, picture: Path | None, *, quiet: bool) -> dict[str, Any]:
    before = load(config)
    places = _places()
    town = Town(before, places)
    async with town as loaded:
        platform = Platform(loaded, places)
        _console.print(f"{loaded.centre.name} : démarrage du centre et d'Asterisk, tous les services ouverts…")
        file = plan.write(platform)
        await platform.start()
        return await _day(platform, town, file, picture, quiet=quiet)


async def _demo_scaled(config: Path, plan: _Plan, picture: Path | None, *, quiet: bool) -> dict[str, Any]:
    """The same day, every part in a process of its own, over a bus and a journal that are servers."""
    from runtime.demo.several import PARTS, other_processes, private_servers

    async with private_servers(), contextlib.AsyncExitStack() as around:
        before = load(config)  # the servers' addresses are in the environment by now
        places = _places()
        town = Town(before, places)
        loaded = await around.enter_async_context(town)
        platform = Platform(loaded, places, away=PARTS)
        _console.print(f"{loaded.centre.name} : plusieurs processus, Valkey et PostgreSQL, tous les services ouverts…")
        file = plan.write(platform)
        await platform.start()
        try:
            parts = other_processes(platform)
            await parts.__aenter__()
        except BaseException:
            await platform.stop(with_asterisk=False)
            raise
        try:
            return await _day(platform, town, file, picture, quiet=quiet)
        finally:
            await parts.__aexit__(None, None, None)


async def _day(platform: Platform, town: Town, plan: Path, picture: Path | None, *, quiet: bool) -> dict[str, Any]:
    """From the first call until the last agent has gone home; stops the platform."""
    loaded = platform.loaded
    view = View(loaded.centre)
    empty = asyncio.Event()

    def listen(step: Step) -> None:
        view.fold(step)
        town.fold(step)
        (empty.clear if view.lines else empty.set)()

    platform.bus.listen(listen)
    heard = _Heard()
    try:
        async with town.pages(platform):
            if platform.edges.pages is not None:
                _console.print(let_in(loaded, platform.places), highlight=False)
            crowd = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "traffic", "--plan", str(plan), cwd=ROOT, stdout=asyncio.subprocess.PIPE
            )
            live = _console if _console.is_terminal and not quiet else None
            with _stopping(crowd):
                await _show(platform, view, crowd, heard, live, picture)
            if view.lines:  # the last hang-ups reach us a moment after the callers made them
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(empty.wait(), GOODBYE_S)
            await town.all_told()
    finally:
        await platform.stop(with_asterisk=True)
    return {
        "offered": view.offered,
        "connected": view.connected,
        "abandoned": view.abandoned,
        "lost": view.lost,
        "answer_ms_p50": percentile(view.answer_ms, 0.50),
        "answer_ms_p99": percentile(view.answer_ms, 0.99),
        "two_way_audio": heard.two_way,
        "record_before_answer": round(town.before_answer / view.connected, 3) if view.connected else None,
        "pages": "robots",
        "webhooks_delivered": town.delivered,
    }


async def _show(
    platform: Platform,
    view: View,
    crowd: asyncio.subprocess.Process,
    heard: _Heard,
    console: Console | None,
    picture: Path | None,
) -> None:
    """Follows the crowd, with the live table on `console` if there is one."""
    clock = platform.loop.clock
    busiest = Busiest(picture) if picture is not None else None
    with Live(console=console, refresh_per_second=4) if console is not None else contextlib.nullcontext() as live:

        def redraw() -> None:
            drawn = board(view, clock.now_ms())
            if live is not None:
                live.update(drawn)
            if busiest is not None:
                busiest.look(drawn, len(view.waiting()) + len(view.talking()))

        await _watch(crowd, heard, redraw)


class _Heard:
    """What the crowd said: calls whose sound was heard at both ends."""

    def __init__(self) -> None:
        self.two_way = 0

    def take(self, line: dict[str, Any]) -> None:
        if line.get("event") == "summary":
            self.two_way = int(line["two_way"])


async def _watch(crowd: asyncio.subprocess.Process, heard: _Heard, redraw: Callable[[], None]) -> None:
    """Follows the crowd until it has gone home."""
    assert crowd.stdout is not None
    ticking = asyncio.create_task(_tick(redraw))
    try:
        async for line in crowd.stdout:
            with contextlib.suppress(ValueError):
                heard.take(json.loads(line))
        await crowd.wait()
    finally:
        ticking.cancel()


async def _tick(redraw: Callable[[], None]) -> None:
    while True:
        redraw()
        await asyncio.sleep(0.25)


@contextlib.contextmanager
def _stopping(crowd: asyncio.subprocess.Process) -> Any:
    """Ctrl-C sends the crowd home; the centre stops once it has gone."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        with contextlib.suppress(ProcessLookupError):
            crowd.terminate()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        yield
    finally:
        stop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


def _say(result: dict[str, Any]) -> None:
    wait = result["answer_ms_p50"]
    print(f"Appels en file          {result['offered']}")
    print(f"Mis en relation         {result['connected']}, son entendu des deux côtés : {result['two_way_audio']}")
    print(f"Abandonnés              {result['abandoned']}")
    print(f"Perdus                  {result['lost']}")
    shown = result["record_before_answer"]
    print(f"Fiche avant la réponse  {'—' if shown is None else f'{shown:.0%}'} (pages tenues par des robots)")
    print(f"Webhooks livrés         {result['webhooks_delivered']}")
    print(f"Attente médiane         {'—' if wait is None else f'{wait / 1000:.1f} s'}")
