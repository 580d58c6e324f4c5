"""`./allo up --role …`: one part of the centre as a process of its own.

`kernel` decides, keeps, and has whatever edge has no process of its own; `telephony` and `speech` are one edge each.
They meet on the bus, in any order of start, and share journal keys in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from core.errors import ConfigurationFault
from core.ports import Edge
from journal.keys import KeyStore
from runtime.edge_process import EdgeProcess
from runtime.edges import AWAY, make_node, make_speech, make_telephony
from runtime.memory import make_recordings, shared_keys
from runtime.notify import keep_pinging, notify
from runtime.places import Places, Secrets
from runtime.redis_bus import connect
from runtime.settings import Loaded
from runtime.settings.servers import secret_of

KERNEL: Final = "kernel"
ROLES: Final = (KERNEL, *AWAY)


def check_roles(roles: Sequence[str], loaded: Loaded) -> None:
    """Raises ConfigurationFault for a role that is none, or that this configuration gives no bus."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise ConfigurationFault([f"--role {unknown[0]} : rôle inconnu, possibles : {', '.join(ROLES)}"])
    if roles and not loaded.settings.bus.url:
        raise ConfigurationFault(
            ["centre.yaml:1:1: bus.url: manque, or --role en a besoin : donnez l'adresse de Redis ou de Valkey"]
        )


def away_from(roles: Sequence[str]) -> tuple[str, ...]:
    """The edges that a process of these roles, the kernel's among them, leaves to others; no role at all is all."""
    return tuple(edge for edge in AWAY if roles and edge not in roles)


async def run_edges(loaded: Loaded, places: Places, roles: Sequence[str]) -> None:
    """Edges without a kernel, until somebody stops us: each goes to work when a kernel hails it."""
    places.make()
    bus = loaded.settings.bus
    redis = connect(bus.url, secret_of(bus.secret_env))
    keys = shared_keys(loaded.settings.journal)
    pinging = asyncio.create_task(keep_pinging())
    try:
        processes = [
            EdgeProcess(_edge(role, loaded, places, keys), redis, keys, loaded.centre.digest) for role in roles
        ]
        print(f"{', '.join(roles)} : en marche. Ctrl-C pour arrêter.", flush=True)
        notify("READY=1", f"STATUS={', '.join(roles)}")
        await until_told([process.run() for process in processes])
    finally:
        pinging.cancel()
        notify("STOPPING=1")
        keys.close()
        await redis.aclose()


def _edge(role: str, loaded: Loaded, places: Places, keys: KeyStore) -> Edge:
    if role == "speech":
        return make_speech(loaded, places)
    secrets = Secrets(places.secrets)
    recordings = make_recordings(loaded.settings.journal, places)
    recordings.use(keys)
    return make_telephony(loaded, make_node(loaded, places, secrets), secrets, recordings)


async def until_told(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Until somebody stops us, or one of `works` ends by itself: then we fall with it, the next start recovers, and
    calls go on."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    telling = asyncio.create_task(told.wait())
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.wait([telling, *tasks], return_when=asyncio.FIRST_COMPLETED)
    ended = [task for task in tasks if task.done()]
    for task in (telling, *tasks):
        task.cancel()
    for task in tasks:
        if task not in ended:
            with contextlib.suppress(asyncio.CancelledError):
                await task
    for task in ended:
        await task
