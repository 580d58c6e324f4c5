"""`./allo webhooks`: what waits to be told, to whom, and what was given up."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from runtime.options import CONFIG, Config

if TYPE_CHECKING:
    from crm_bridge.outbox import Outbox, Waiting
    from runtime.settings import Loaded

app = typer.Typer(help="Les webhooks : ce qui attend, ce qui est abandonné, un essai.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="DESTINATAIRE", help="Son nom dans webhooks.endpoints.")]
LISTED = 200


@app.command("list")
def list_(
    dead: Annotated[bool, typer.Option("--dead", help="Seulement ceux qui sont abandonnés.")] = False,
    config: Config = CONFIG,
) -> None:
    """Dit où en est chaque destinataire, puis ce qui attend."""
    with _outbox(config) as (loaded, outbox):
        for name, told in loaded.settings.webhooks.endpoints.items():
            standing = outbox.standing(name)
            state = f"ARRÊTÉ ({standing.disabled})" if standing.disabled else "en service"
            refused = f", {standing.refused} refusé(s) faute de place" if standing.refused else ""
            counts = f"{standing.waiting} en attente, {standing.dead} abandonné(s){refused}"
            typer.echo(f"{name}\t{told.url}\t{state}\t{counts}")
        for one in outbox.listed(LISTED, dead=True if dead else None):
            typer.echo(_line(one))


def _line(one: Waiting) -> str:
    when = datetime.fromtimestamp(one.next_at_ms / 1000, ZoneInfo("Europe/Paris"))
    state = "abandonné" if one.dead else f"prochain essai {when:%d/%m %H:%M:%S}" if one.next_at_ms else "à envoyer"
    return f"  {one.id}\t{one.endpoint}\t{one.type}\t{one.attempts} échec(s)\t{state}\t{one.error}"


@app.command()
def retry(
    webhook: Annotated[str, typer.Argument(metavar="ID", help="L'identifiant du webhook : ./allo webhooks list.")],
    config: Config = CONFIG,
) -> None:
    """Renvoie un webhook abandonné ou en attente."""
    with _outbox(config) as (_loaded, outbox):
        if not outbox.retry(webhook, time.time_ns() // 1_000_000):
            typer.echo("Aucun webhook n'a cet identifiant : voyez ./allo webhooks list.", err=True)
            sys.exit(1)
    typer.echo("Il repart : le centre en marche l'envoie dans les secondes qui viennent.")


@app.command()
def enable(endpoint: Name, config: Config = CONFIG) -> None:
    """Remet en service un destinataire qui avait répondu « 410 Gone » ; au prochain démarrage du centre."""
    with _outbox(config) as (loaded, outbox):
        _known(loaded, endpoint)
        outbox.enable(endpoint)
    typer.echo("Remis en service au prochain démarrage. Ce qui était abandonné repart par ./allo webhooks retry.")


@app.command("test")
def try_(endpoint: Name, config: Config = CONFIG) -> None:
    """Envoie un webhook d'essai (type « test ») et dit ce que le destinataire a répondu."""
    from core.errors import AlloError
    from runtime.crm import endpoints

    with _outbox(config) as (loaded, _outbox_unused):
        _known(loaded, endpoint)
        try:
            found = next(one for one in endpoints(loaded.settings.webhooks) if one.name == endpoint)
        except AlloError as fault:
            typer.echo(str(fault), err=True)
            sys.exit(1)
    sys.exit(asyncio.run(_try(found)))


async def _try(endpoint: object) -> int:
    import aiohttp

    from crm_bridge.sending import Endpoint, post

    assert isinstance(endpoint, Endpoint)
    now_ms = time.time_ns() // 1_000_000
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False) as session:
        ended = await post(session, endpoint, f"test-{now_ms}", b'{"type":"test","data":{}}')
    typer.echo("Reçu et accepté." if ended.well else f"Non : {ended.error}")
    return 0 if ended.well else 1


def _known(loaded: Loaded, endpoint: str) -> None:
    names = list(loaded.settings.webhooks.endpoints)
    if endpoint not in names:
        typer.echo(f"« {endpoint} » n'est pas déclaré. Possibles : {', '.join(names) or 'aucun'}.", err=True)
        sys.exit(1)


@contextmanager
def _outbox(config: Path) -> Iterator[tuple[Loaded, Outbox]]:
    """The outbox of a configuration; a fault is told and ends the command."""
    from sqlalchemy.exc import SQLAlchemyError

    from core.errors import AlloError
    from crm_bridge.database import why
    from runtime.crm import outbox_opener
    from runtime.places import Places, home
    from runtime.settings import load

    try:
        loaded = load(config)
        outbox = outbox_opener(loaded, Places(run=home() / "run"))()
        try:
            yield loaded, outbox
        finally:
            outbox.close()
    except (AlloError, SQLAlchemyError, OSError) as fault:
        told = str(fault) if isinstance(fault, AlloError) else f"La boîte d'envoi ne s'ouvre pas ({why(fault)})."
        typer.echo(told, err=True)
        sys.exit(1)
