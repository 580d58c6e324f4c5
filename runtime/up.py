"""`./allo up`: runs the centre until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from core.errors import AlloError
from runtime import logs
from runtime.health import of_platform
from runtime.notify import keep_pinging, notify
from runtime.places import Places, home
from runtime.platform import Platform
from runtime.settings import load
from runtime.view import View


def run_centre(config: Path) -> int:
    """0 when stopped by Ctrl-C or SIGTERM; 1 with a message when it cannot start."""
    logs.start("info")  # until the configuration says otherwise
    try:
        asyncio.run(_run(config))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


async def _run(config: Path) -> None:
    loaded = load(config)
    logs.start(loaded.settings.operating.log_level, as_json=loaded.settings.operating.log_json)
    platform = Platform(loaded, Places(run=home() / "run"))
    await platform.start()
    view = View(loaded.centre)
    platform.bus.listen(view.fold)
    health = of_platform(platform)
    await health.start()
    sip = loaded.settings.telephony.sip
    print(f"{loaded.centre.name} est ouvert : SIP {sip.bind}:{sip.port}. Ctrl-C pour fermer.", flush=True)
    notify("READY=1", f"STATUS={loaded.centre.name} est ouvert")
    pinging = asyncio.create_task(keep_pinging())
    try:
        await _end(platform)
    finally:
        pinging.cancel()
        notify("STOPPING=1")
    await health.stop()
    calls = len(platform.loop.kernel.mind("calls").calls)
    if calls:
        print(f"{calls} appel(s) continuent dans Asterisk ; ./allo up les reprendra.", flush=True)
    await platform.stop(with_asterisk=not calls)


async def _end(platform: Platform) -> None:
    """Until somebody stops us.  If the loop ends by itself we fall with it: the next start recovers, calls go on."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    waits = [asyncio.create_task(told.wait()), asyncio.create_task(platform.failed())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if not told.is_set():
        await waits[1]
