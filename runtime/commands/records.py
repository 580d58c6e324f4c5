"""`./allo records`: citizen records in, out and away, for who runs the platform and for the DPO."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from runtime.options import CONFIG, Config, Json

if TYPE_CHECKING:
    from core.centre import Centre
    from crm_bridge.importing import Imported
    from crm_bridge.store import Store

app = typer.Typer(help="Les fiches des usagers : importer, lister, exporter, effacer.", no_args_is_help=True)

Tenant = Annotated[str, typer.Option("--tenant", metavar="NOM", help="L'organisation dont ce sont les fiches.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="L'identifiant de la personne dans votre logiciel.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="Un CSV ; ses colonnes : docs/records.md.")],
    tenant: Tenant,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dire ce qui changerait, sans rien écrire.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Importer les personnes sans faute.")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Importe des fiches : tout le fichier, ou rien."""
    from crm_bridge.importing import import_file

    with _opened(config, tenant) as (store, centre):
        told = import_file(store, file, tenant, time.time_ns() // 1_000_000, rehearse=dry_run, skip_bad=skip_bad)
    for fault in told.faults:
        typer.echo(str(fault), err=True)
    if told.faults_beyond:
        typer.echo(f"et {told.faults_beyond} autres fautes, corrigez d'abord celles-ci", err=True)
    strangers = list(_strangers(told, file.name, tenant, centre))
    for warning in strangers:
        typer.echo(warning, err=True)
    if as_json:
        counts = {name: getattr(told, name) for name in ("created", "updated", "unchanged", "refused")}
        counts["unknown_agents"] = len(strangers)
        typer.echo(json.dumps({**counts, "done": told.done, "dry_run": dry_run}))
    else:
        typer.echo(_told(told, dry_run))
    sys.exit(0 if told.done else 1)


def _strangers(told: Imported, file: str, tenant: str, centre: Centre) -> Iterator[str]:
    """The agents who follow people and whom nobody will wait for: a warning, for the file may be ahead of us."""
    from runtime.settings.faults import meant

    theirs = [name for name, agent in centre.agents.items() if tenant in agent.tenants]
    for one in told.followers:
        if one.name in theirs:
            continue
        where = f"{file}:{one.line}: referent_agent: « {one.name} »"
        why = f"répond pour d'autres organisations que « {tenant} »" if one.name in centre.agents else "n'existe pas"
        yield (
            f"Attention, {where} {why} ({one.people} personne(s)), qui n'attendront donc pas leur référent : "
            f"{meant(one.name, theirs)} Corrigez la colonne, ou ajoutez l'agent dans agents.yaml."
        )


def _told(told: Imported, dry_run: bool) -> str:
    form = f"{told.encoding}, séparateur « {told.delimiter} »"
    if not told.done:
        return f"{form} : {told.refused} refusée(s), rien n'a été importé. Corrigez le fichier, ou ajoutez --skip-bad."
    counts = f"{told.created} créée(s), {told.updated} modifiée(s), {told.unchanged} inchangée(s), "
    return f"{form} : {counts}{told.refused} refusée(s)." + (" Essai : rien n'a été écrit." if dry_run else "")


@app.command("list")
def list_(tenant: Tenant, config: Config = CONFIG, as_json: Json = False) -> None:
    """Liste les personnes : identifiant, nom, prénom, nombre de dossiers."""
    with _store(config, tenant) as store:
        for record in store.records(tenant):
            if as_json:
                typer.echo(json.dumps({"id": record.id, "last_name": record.last_name, "files": len(record.files)}))
            else:
                typer.echo(f"{record.id}\t{record.last_name}\t{record.first_name}\t{len(record.files)} dossier(s)")
        typer.echo(f"{store.count(tenant)} fiche(s).", err=True)


@app.command()
def export(person: Id, tenant: Tenant, config: Config = CONFIG) -> None:
    """Tout ce qui est gardé d'une personne, et qui l'a lu, en JSON (RGPD, article 15)."""
    import msgspec

    from core.citizen import Reading

    reading = Reading(agent="./allo records export", why="export")
    with _store(config, tenant) as store:
        record = store.record(tenant, person, reading, time.time_ns() // 1_000_000)
        if record is None:
            _unknown(tenant)
        accesses = store.accesses(tenant, person)
    told = {"record": msgspec.to_builtins(record), "accesses": msgspec.to_builtins(accesses)}
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1))


@app.command()
def log(person: Id, tenant: Tenant, config: Config = CONFIG) -> None:
    """Qui a lu la fiche d'une personne, quand, pour quelle interaction."""
    with _store(config, tenant) as store:
        for access in store.accesses(tenant, person):
            when = datetime.fromtimestamp(access.at_ms / 1000, ZoneInfo("Europe/Paris"))
            typer.echo(f"{when:%d/%m/%Y %H:%M:%S}\t{access.agent}\t{access.why}\t{access.interaction or '-'}")


@app.command()
def erase(
    person: Id,
    tenant: Tenant,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander confirmation.")] = False,
    config: Config = CONFIG,
) -> None:
    """Efface une personne : fiche, numéros, accès (RGPD, article 17). Les sauvegardes la gardent jusqu'à leur fin."""
    if not yes:
        typer.confirm("Effacer cette personne pour toujours ?", abort=True)
    with _store(config, tenant) as store:
        if not store.erase(tenant, person):
            _unknown(tenant)
    typer.echo("Effacée. Les sauvegardes de la base la contiennent encore jusqu'à leur expiration.")


def _unknown(tenant: str) -> None:
    typer.echo(f"Aucune fiche de « {tenant} » n'a cet identifiant : cherchez-le par ./allo records list.", err=True)
    sys.exit(1)


@contextmanager
def _store(config: Path, tenant: str) -> Iterator[Store]:
    """The records of a configuration; a fault is told and ends the command."""
    with _opened(config, tenant) as (store, _):
        yield store


@contextmanager
def _opened(config: Path, tenant: str) -> Iterator[tuple[Store, Centre]]:
    """The records, and the configuration itself."""
    from core.errors import AlloError
    from runtime.crm import open_store
    from runtime.places import Places, home
    from runtime.settings import load

    try:
        loaded = load(config)
        if tenant not in loaded.centre.tenants:
            raise AlloError(
                f"L'organisation « {tenant} » n'existe pas. Possibles : {', '.join(loaded.centre.tenants)}."
            )
        store = open_store(loaded.settings.records, Places(run=home() / "run"))
        try:
            yield store, loaded.centre
        finally:
            store.close()
    except AlloError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
