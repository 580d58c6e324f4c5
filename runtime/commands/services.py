"""`./allo service`: services as they stand in the running centre, messages of the moment, early closings."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from runtime.options import Json

if TYPE_CHECKING:
    from runtime.telling.counter import Answer, Standing, Wish

app = typer.Typer(help="Les services du centre en marche : message à chaque appel, fermeture avant l'heure.")

Services = Annotated[
    list[str] | None, typer.Option("--service", metavar="NOM", help="Ce service (plusieurs fois) ; sinon tous.")
]
Why = Annotated[str, typer.Option("--why", metavar="RAISON", help="Pourquoi : gardé au journal, sans nom de personne.")]
Lasting = Annotated[str, typer.Option("--for", metavar="DURÉE", help="Pendant combien de temps : 90min, 4h.")]

_DAY_MS: Final = 24 * 3_600_000
_STATES: Final = {"open": "ouvert", "last_admission": "plus d'entrée dans la file", "closed": "fermé"}
REASONS: Final = {
    "service_unknown": "--service : un de ces services n'existe pas, voyez ./allo service",
    "until_unfit": "--for : durée hors limites, de 1min à 744h",
    "never_closes": "--service : un de ces services répond toujours et ne ferme jamais, nommez les autres",
    "text_unknown": "donnez le message entre guillemets, ou --text avec une clé de texts/",
    "words_unfit": "message de 1 à 500 caractères, sans caractère spécial",
    "busy": "le centre est très occupé : réessayez dans un moment",
    "malformed": "le centre en marche n'est pas de cette version : redémarrez-le",
}


@app.callback(invoke_without_command=True)
def show(context: typer.Context, as_json: Json = False) -> None:
    """Dit quels services répondent, ce qui est dit à chaque appel, et jusqu'à quand."""
    from runtime.telling.counter import Wish

    if context.invoked_subcommand is None:
        sys.exit(run(Wish(), as_json=as_json))


@app.command()
def announce(
    words: Annotated[str, typer.Argument(metavar="MESSAGE", help="Ce qui est dit : « Suite à une panne… ».")] = "",
    text: Annotated[str, typer.Option("--text", metavar="CLÉ", help="Ou un texte de texts/ : urgence.greve.")] = "",
    lasting: Lasting = "2h",
    service: Services = None,
    why: Why = "",
    as_json: Json = False,
) -> None:
    """Dit un message à chaque appel, pour un temps."""
    from runtime.telling.counter import Wish

    sys.exit(
        run(
            Wish(
                wish="announce",
                words=words,
                text=text,
                for_ms=duration(lasting),
                services=tuple(service or ()),
                reason=why,
            ),
            as_json=as_json,
        )
    )


@app.command()
def withdraw(service: Services = None, why: Why = "", as_json: Json = False) -> None:
    """Retire le message."""
    from runtime.telling.counter import Wish

    sys.exit(run(Wish(wish="withdraw", services=tuple(service or ()), reason=why), as_json=as_json))


@app.command()
def shut(lasting: Lasting = "2h", service: Services = None, why: Why = "", as_json: Json = False) -> None:
    """Ferme avant l'heure, pour un temps."""
    from runtime.telling.counter import Wish

    sys.exit(
        run(Wish(wish="shut", for_ms=duration(lasting), services=tuple(service or ()), reason=why), as_json=as_json)
    )


@app.command()
def reopen(service: Services = None, why: Why = "", as_json: Json = False) -> None:
    """Rouvre aux horaires habituels."""
    from runtime.telling.counter import Wish

    sys.exit(run(Wish(wish="reopen", services=tuple(service or ()), reason=why), as_json=as_json))


def duration(lasting: str) -> int:
    """In milliseconds; leaves with the remedy if it is none."""
    from core.limits import NOTICE_LONGEST_MS
    from runtime.settings.values import Unfit, duration_ms

    try:
        return duration_ms(lasting, 60_000, NOTICE_LONGEST_MS)
    except Unfit as unfit:
        print(f"--for : {unfit}", file=sys.stderr)
        sys.exit(1)


def run(wish: Wish, *, as_json: bool, home: Path | None = None) -> int:
    """0 once the centre has done it; 1 with the remedy."""
    from core.errors import AlloError
    from runtime.places import Places
    from runtime.places import home as ours
    from runtime.telling import counter

    try:
        answer = asyncio.run(counter.ask(Places(run=(home or ours()) / "run"), wish))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if not answer.done:
        print(REASONS.get(answer.reason, answer.reason), file=sys.stderr)
        return 1
    print(_json(answer) if as_json else "\n".join(line for one in answer.services for line in lines(one)))
    return 0


def _json(answer: Answer) -> str:
    import msgspec

    return msgspec.json.encode(answer.services).decode()


def _at(at_ms: int) -> str:
    from core.opening import local

    return f"{local(at_ms):%d/%m %H:%M}"


def lines(one: Standing) -> list[str]:
    """A service for a person to read."""
    until = f" jusqu'au {_at(one.until_at_ms)}" if one.until_at_ms is not None else ""
    found = [f"{one.title} ({one.service}) : {_STATES[one.state]}{until}"]
    if one.closed_until_at_ms is not None:
        found.append(f"  fermé avant l'heure par {one.closed_by}, jusqu'au {_at(one.closed_until_at_ms)}")
    if one.notice and one.notice_until_at_ms is not None:
        found.append(f"  dit à chaque appel, par {one.notice_by}, jusqu'au {_at(one.notice_until_at_ms)} :")
        found.append(f"  « {one.notice.strip()} »")
    return found
