"""`./allo personal`: what is held on one person handed out, erased, or kept from the purge; for the DPO.

Each is for one organisation: what another holds on the same person is its own to answer for.  Handing out and erasing
are lines of the access log.
"""

from __future__ import annotations

import contextlib
import getpass
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from runtime.options import CONFIG, Config

if TYPE_CHECKING:
    from runtime.upkeep.holdings import Holdings

app = typer.Typer(
    help="Ce qui est gardé d'une personne : le remettre, l'effacer, le mettre de côté.", no_args_is_help=True
)

ZONE: Final = ZoneInfo("Europe/Paris")

Tenant = Annotated[str, typer.Option("--tenant", metavar="NOM", help="L'organisation qui répond de ces données.")]
Number = Annotated[str, typer.Option("--number", metavar="N", help="Le numéro de la personne, s'il n'est qu'à elle.")]
Record = Annotated[str, typer.Option("--record", metavar="ID", help="Son identifiant dans votre logiciel.")]
One = Annotated[str, typer.Option("--interaction", metavar="ID", help="Un seul appel (./allo trace).")]
Discreet = Annotated[
    bool,
    typer.Option(
        "--discreet", help="Aussi les appels aux services discrets : seulement si vous avez vu la personne elle-même."
    ),
]
By = Annotated[str, typer.Option("--by", metavar="NOM", help="Qui le demande, pour l'audit ; sinon votre compte.")]


@app.command()
def export(
    tenant: Tenant,
    to: Annotated[Path, typer.Option("--to", metavar="DOSSIER", help="Le dossier à créer.")],
    number: Number = "",
    record: Record = "",
    interaction: One = "",
    discreet: Discreet = False,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Tout ce qui est gardé d'une personne, dans un dossier à lui remettre (RGPD, article 15)."""
    with _holdings(config, tenant, by) as holdings:
        found = holdings.find(_sought(number, record, interaction), with_discreet=discreet)
        holdings.hand_out(found, to, time.time_ns() // 1_000_000)
    _tell_left_out(found.left_out)
    record_told = "avec sa fiche" if found.record is not None else "sans fiche"
    typer.echo(f"{to} : {len(found.told)} appel(s), {record_told}. Vérifiez l'identité avant de le remettre.")


@app.command()
def erase(
    tenant: Tenant,
    number: Number = "",
    record: Record = "",
    interaction: One = "",
    discreet: Discreet = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander confirmation.")] = False,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Efface ce qui est gardé d'une personne, partout, et en écrit la preuve (RGPD, article 17)."""
    with _holdings(config, tenant, by) as holdings:
        found = holdings.find(_sought(number, record, interaction), with_discreet=discreet)
        if not yes:
            what = f"{len(found.told)} appel(s)" + (" et la fiche" if found.record is not None else "")
            typer.confirm(f"Effacer pour toujours {what} ?", abort=True)
        erased = holdings.erase(found, time.time_ns() // 1_000_000)
    _tell_left_out(found.left_out)
    proof = erased.proof
    told = f"{len(proof.erased)} appel(s), {proof.recordings} message(s), {int(proof.record)} fiche(s)"
    typer.echo(f"Effacé : {told}. Relu après coup : {proof.readable} donnée(s) encore lisible(s).")
    typer.echo(f"Preuve, sans donnée personnelle : {erased.file}")
    if proof.record:
        typer.echo("Retirez aussi la personne de l'export de votre logiciel, sinon le prochain import la ramène.")
    for of in proof.held:
        typer.echo(f"{of} est mis de côté : levez-le par ./allo personal release, puis recommencez.", err=True)
    for of in proof.under_way:
        typer.echo(f"{of} est en cours ou a une tâche ouverte : terminez-la (page, ./allo tasks), puis recommencez.")
    if erased.record_held:
        typer.echo("La fiche est mise de côté : levez-le par ./allo personal release, puis recommencez.", err=True)
    sys.exit(1 if proof.held or proof.under_way or proof.readable or erased.record_held else 0)


@app.command()
def hold(
    tenant: Tenant,
    why: Annotated[str, typer.Option("--why", metavar="MOTIF", help="Sans nommer personne : plainte, réquisition…")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Jusqu'à ce jour : 31/12/2027.")],
    number: Number = "",
    record: Record = "",
    interaction: One = "",
    discreet: Discreet = False,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Met de côté ce qui est gardé à ce jour d'une personne : ni la purge ni un effacement n'y touche."""
    day = _day(until)
    with _holdings(config, tenant, by) as holdings:
        found = holdings.find(_sought(number, record, interaction), with_discreet=discreet)
        until_ms = int(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE).timestamp() * 1000)
        names = holdings.hold(found, why.strip(), until_ms, time.time_ns() // 1_000_000)
    _tell_left_out(found.left_out)
    for name in names:
        typer.echo(name)
    typer.echo(f"{len(names)} mise(s) de côté jusqu'au {day:%d/%m/%Y}.", err=True)


@app.command()
def holds(tenant: Tenant, config: Config = CONFIG) -> None:
    """Ce qui est mis de côté, pourquoi, par qui et jusqu'à quand."""
    with _holdings(config, tenant, "") as holdings:
        for held in holdings.ledger.holds(time.time_ns() // 1_000_000, tenant):
            until = datetime.fromtimestamp(held.until_ms / 1000, ZONE)
            what = f"appel {held.interaction}" if held.interaction else f"fiche {held.person[:10]}"
            typer.echo(f"{held.id}\t{what}\tjusqu'au {until:%d/%m/%Y}\t{held.by}\t« {held.why} »")


@app.command()
def release(
    name: Annotated[str, typer.Argument(metavar="NOM", help="Tel que ./allo personal holds le donne.")],
    tenant: Tenant,
    config: Config = CONFIG,
) -> None:
    """Lève une mise de côté : la prochaine purge reprend ses droits."""
    with _holdings(config, tenant, "") as holdings:
        if not holdings.ledger.release(name, tenant):
            typer.echo("Aucune mise de côté de ce nom ; ./allo personal holds les liste.", err=True)
            sys.exit(1)
    typer.echo("Levée.")


def _sought(number: str, record: str, interaction: str) -> Any:
    from core.errors import AlloError
    from runtime.settings.values import Unfit
    from runtime.settings.values import number as read_number
    from runtime.upkeep.person import Sought

    if sum(map(bool, (number, record, interaction))) != 1:
        raise AlloError("Dites qui, d'une seule façon : --number, --record ou --interaction.")
    try:
        return Sought(number=read_number(number) if number else "", record=record, interaction=interaction)
    except Unfit as unfit:
        raise AlloError(f"Le numéro {unfit}.") from None


def _day(written: str) -> date:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        with contextlib.suppress(ValueError):
            found = datetime.strptime(written, form).replace(tzinfo=ZONE).date()
            if found > datetime.now(ZONE).date():
                return found
    typer.echo(f"« {written} » n'est pas un jour à venir, écrivez 31/12/2027.", err=True)
    sys.exit(1)


def _tell_left_out(count: int) -> None:
    if count:
        told = (
            f"{count} appel(s) à un service discret laissé(s) de côté : un numéro n'est pas une personne. Si vous avez"
        )
        typer.echo(f"{told} vérifié l'identité en face, ajoutez --discreet.", err=True)


@contextlib.contextmanager
def _holdings(config: Path, tenant: str, by: str) -> Iterator[Holdings]:
    """What this configuration holds; a fault is told and ends the command."""
    from sqlalchemy.exc import SQLAlchemyError

    from core.errors import AlloError
    from runtime.places import Places, home
    from runtime.settings import load
    from runtime.upkeep.holdings import opened

    try:
        loaded = load(config)
        if tenant not in loaded.centre.tenants:
            raise AlloError(
                f"L'organisation « {tenant} » n'existe pas. Possibles : {', '.join(loaded.centre.tenants)}."
            )
        with opened(loaded, Places(run=home() / "run"), tenant, by or getpass.getuser()) as holdings:
            yield holdings
    except AlloError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
    except (SQLAlchemyError, OSError) as error:
        typer.echo(f"Interrompu ({type(error).__name__}). Vérifiez le disque ou PostgreSQL, et recommencez.", err=True)
        sys.exit(1)
