"""`./allo speech`: the models that hear callers: which are here, the public one fetched, the test model made anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from runtime.options import CONFIG, Config, Json

app = typer.Typer(help="Les modèles qui reconnaissent la parole : les voir, les installer.", no_args_is_help=True)

Into = Annotated[
    Path | None, typer.Option("--into", metavar="DOSSIER", help="Où l'installer ; sinon là où centre.yaml le cherche.")
]


@app.command("list")
def list_(
    directories: Annotated[
        list[Path] | None, typer.Argument(metavar="[DOSSIER]…", help="D'autres modèles à regarder.")
    ] = None,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Liste les modèles configurés et installés, et dit lequel est d'essai ou abîmé."""
    from runtime.commands.models import run_list

    sys.exit(run_list(config, directories or (), as_json=as_json))


@app.command()
def fetch(
    into: Into = None,
    url: Annotated[str, typer.Option("--url", metavar="ADRESSE", help="Un autre modèle de Vosk, en zip.")] = "",
    sha256: Annotated[str, typer.Option("--sha256", metavar="EMPREINTE", help="L'empreinte de ce zip.")] = "",
    language: Annotated[str, typer.Option("--language", metavar="LANGUE", help="La langue qu'il reconnaît.")] = "fr",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="ZIP", help="Une archive apportée, sans accès à Internet.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Installe le petit modèle français public de Vosk (42 Mo), après vérification ; reprend ce qui a été coupé."""
    from runtime.commands.models import Wanted, run_fetch

    sys.exit(run_fetch(Wanted(into=into, url=url, sha256=sha256, language=language, file=file), config))


@app.command("build-test-model")
def build_test_model(
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DOSSIER", help="Où le mettre ; sinon à sa place dans les sources.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Même si celui qui est là est à jour.")] = False,
) -> None:
    """Refait le modèle d'essai à partir de voix de synthèse, en quelques minutes, et mesure ses erreurs."""
    from runtime.commands.models import run_build

    sys.exit(run_build(into, force=force))
