"""`./allo up`: runs the centre, or with `--role` a part of it, until it is told to stop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.errors import AlloError
from runtime import logs
from runtime.crm import open_store
from runtime.places import Places, home
from runtime.platform import Platform
from runtime.process import live, settle
from runtime.reload import Reload
from runtime.scaled.leading import in_turn, until_deposed
from runtime.scaled.roles import KERNEL, away_from, check_roles, run_edges, until_told
from runtime.settings import load
from runtime.telling.alarms import Alarms
from runtime.telling.corrected import Corrected
from runtime.telling.counter import Counter
from runtime.telling.health import of_platform
from runtime.telling.look_ups import BY_NAME, Look, LookUps
from runtime.telling.notify import keep_pinging, notify
from runtime.upkeep.nightly import Nightly, purge_of
from speech.understand.improve import Corrections


def run_centre(config: Path, roles: Sequence[str] = ()) -> int:
    """0 when stopped by Ctrl-C or SIGTERM; 1 with a message when it cannot start."""
    logs.start("info")  # until the configuration says otherwise
    try:
        live(_run(config, roles))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


async def _run(config: Path, roles: Sequence[str]) -> None:
    loaded = load(config)
    logs.start(loaded.settings.operating.log_level, as_json=loaded.settings.operating.log_json)
    places = Places(run=home() / "run")
    check_roles(roles, loaded)
    if roles and KERNEL not in roles:
        await run_edges(loaded, places, roles)
        return
    platform = Platform(loaded, places, away=away_from(roles))
    memory = await in_turn(loaded.settings.journal, places, _stand_by) if roles else None
    await platform.start(memory)
    health = of_platform(platform)
    await health.start()
    counter = Counter(places, platform.loop.kernel, platform.loop.offer, platform.loop.clock.now_ms, Reload(platform))
    platform.bus.listen(counter.hear)
    platform.bus.listen(Alarms(platform.loop.kernel).hear)
    corrected = Corrected(Corrections(places.corrections, loaded.settings.topics))
    platform.bus.listen(corrected.hear)
    await counter.start()
    nightly = _nightly(config, loaded.settings.retention.nightly_min)
    look_ups = _look_ups(platform)
    look_ups.start()
    settle()
    sip = loaded.settings.telephony.sip
    print(f"{loaded.centre.name} est ouvert : SIP {sip.bind}:{sip.port}. Ctrl-C pour fermer.", flush=True)
    notify("READY=1", f"STATUS={loaded.centre.name} est ouvert")
    pinging = asyncio.create_task(keep_pinging())
    try:
        await until_told([platform.failed(), until_deposed(platform.memory, platform.edges.away)])
    finally:
        pinging.cancel()
        notify("STOPPING=1")
    if nightly is not None:
        await nightly.stop()
    await look_ups.stop()
    await counter.stop()
    corrected.close()
    await health.stop()
    calls = len(platform.loop.kernel.mind("calls").calls)
    if calls and platform.node is not None:
        print(f"{calls} appel(s) continuent dans Asterisk ; ./allo up les reprendra.", flush=True)
    await platform.stop(with_asterisk=not calls)


def _nightly(config: Path, minute: int | None) -> Nightly | None:
    """The purge of each night, begun; None where a timer of the machine does it."""
    if minute is None:
        return None
    nightly = Nightly(purge_of(config), minute, lambda: datetime.now(UTC))
    nightly.start()
    return nightly


def _look_ups(platform: Platform) -> LookUps:
    """What watches over the access log of the records; opened for each look, for nothing is held between them."""
    settings = platform.loaded.settings.records

    def looks(tenant: str, since_ms: int) -> list[Look]:
        store = open_store(settings, platform.places)
        try:
            return list(store.looks(tenant, since_ms, why=BY_NAME))
        finally:
            store.close()

    loop = platform.loop
    tenants = loop.kernel.configurations
    return LookUps(lambda: tenants.now.tenants, looks, settings.unusual, loop.clock.now_ms, loop.submit)


def _stand_by(why: str) -> None:
    print(f"{why} Sinon, rien à faire : ce noyau-ci attend, et prend la suite.", flush=True)
    notify("READY=1", "STATUS=en attente d'un noyau qui mène")
