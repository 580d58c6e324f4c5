"""`./allo up --role …`: one part of the centre as a process of its own.

`kernel` decides and keeps; `telephony` and `speech` are one edge each; `pages` serves people and has the citizens'
records; `webhooks` tells other systems.  They meet on the bus, in any order of start, and share journal and keys in
PostgreSQL.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Final

from redis.asyncio import Redis

from core.errors import ConfigurationFault
from core.ports import Edge
from journal.keys import KeyStore
from runtime.crm import make_records, make_webhooks
from runtime.edges import AWAY, make_node, make_pages, make_speech, make_telephony
from runtime.memory import make_recordings, shared_keys
from runtime.places import Places, Secrets
from runtime.scaled.edge_process import EdgeProcess
from runtime.scaled.following import FollowingPages, tell_others
from runtime.scaled.redis_bus import connect
from runtime.settings import Loaded
from runtime.settings.servers import secret_of
from runtime.telling.notify import keep_pinging, notify

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
        works = [work for role in roles for work in _works(role, loaded, places, redis, keys)]
        print(f"{', '.join(roles)} : en marche. Ctrl-C pour arrêter.", flush=True)
        notify("READY=1", f"STATUS={', '.join(roles)}")
        await until_told(works)
    finally:
        pinging.cancel()
        notify("STOPPING=1")
        keys.close()
        await redis.aclose()


def _works(
    role: str, loaded: Loaded, places: Places, redis: Redis, keys: KeyStore
) -> Iterator[Coroutine[Any, Any, None]]:
    """What runs for as long as the process; raises ConfigurationFault for what the configuration lacks."""
    if role == "webhooks":
        webhooks = make_webhooks(loaded, places)
        if webhooks is None:
            raise ConfigurationFault(
                ["crm.yaml:1:1: webhooks.endpoints: vide : --role webhooks n'a personne à avertir"]
            )
        yield tell_others(webhooks, loaded, places, redis, keys)
        return
    for edge in _edges(role, loaded, places, redis, keys):
        yield EdgeProcess(edge, redis, keys, loaded.read).run()


def _edges(role: str, loaded: Loaded, places: Places, redis: Redis, keys: KeyStore) -> Iterator[Edge]:
    recordings = make_recordings(loaded.settings.journal, places)
    recordings.use(keys)
    if role == "speech":
        yield make_speech(loaded, places)
    elif role == "telephony":
        secrets = Secrets(places.secrets)
        yield make_telephony(loaded, make_node(loaded, places, secrets), secrets, recordings)
    else:
        records = make_records(loaded.settings.records, places)
        yield records
        pages = make_pages(loaded, places, records, recordings)
        if pages is not None:
            yield FollowingPages(pages, loaded, places, redis, keys)


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
