"""Options that many subcommands of `./allo` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from runtime.places import ROOT

CONFIG: Final = ROOT / "config"
Config = Annotated[
    Path, typer.Option("--config", metavar="DOSSIER", show_default="config", help="Dossier de configuration.")
]
Json = Annotated[bool, typer.Option("--json", help="Résultat en JSON, sur la dernière ligne.")]
