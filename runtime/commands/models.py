"""What `./allo speech` does: models looked at, fetched, made."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from core.errors import AlloError
from runtime.places import home
from runtime.settings import Settings, load
from runtime.settings.speech import TRIAL_MODEL
from speech.fetch import PUBLIC, FetchFault, Source, fetch, install
from speech.models import BadModel, InstalledModel, read_model

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# A line on a terminal is drawn again this often at most.
_DRAW_EVERY_S: Final = 0.2


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed after `fetch`; without `url` the public model is meant."""

    into: Path | None = None
    url: str = ""
    sha256: str = ""
    language: str = "fr"
    file: Path | None = None


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A directory that should hold a model, and what is in it or why it cannot be used."""

    path: Path
    model: InstalledModel | None = None
    fault: str = ""

    @property
    def usable(self) -> bool:
        return self.model is not None

    def as_json(self) -> dict[str, Any]:
        if self.model is None:
            return {"path": str(self.path), "usable": False, "fault": self.fault}
        mark = self.model.mark
        return {
            "path": str(self.path),
            "usable": True,
            "title": self.model.title,
            "language": mark.language,
            "test": mark.test,
            "rate_hz": self.model.rate_hz,
            "words": len(self.model.words),
            "takes_grammar": self.model.takes_grammar,
        }

    def __str__(self) -> str:
        if self.model is None:
            return f"✗ {self.fault}"
        kind = f"{self.model.mark.language}, {self.model.rate_hz} Hz, {len(self.model.words)} mots"
        return f"✓ {self.model.title} ({kind})\n  {self.path}"


def described(directory: Path) -> Described:
    try:
        return Described(path=directory, model=read_model(directory))
    except BadModel as bad:
        return Described(path=directory, fault=str(bad))


def installed(settings: Settings) -> list[Path]:
    """What the configuration hears with, the test model, and whatever was fetched."""
    fetched = sorted(path for path in _models().glob("[!.]*") if path.is_dir())
    return list(dict.fromkeys([*settings.speech.models.values(), TRIAL_MODEL, *fetched]))


def run_list(config: Path, directories: Sequence[Path], *, as_json: bool) -> int:
    """0 if every model that is named or installed can be used."""
    try:
        found = [described(directory) for directory in [*installed(load(config).settings), *directories]]
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False))
    else:
        print("\n".join(str(one) for one in found))
    return 0 if all(one.usable for one in found) else 1


def _models() -> Path:
    return home() / "models"


def source_of(wanted: Wanted, settings: Settings) -> Source:
    """What is typed, else what the configuration says for the language, else the public model.  Raises FetchFault."""
    if not wanted.url and not wanted.sha256:
        configured = settings.models_from.get(wanted.language)
        if configured is None and wanted.language != PUBLIC.language:
            raise FetchFault(
                f"speech.fetch ne dit rien pour la langue « {wanted.language} » : donnez --url et --sha256"
            )
        return configured or PUBLIC
    if not _SHA256.fullmatch(wanted.sha256.lower()):
        raise FetchFault("--sha256 : donnez l'empreinte du zip, 64 chiffres hexadécimaux (sha256sum fichier.zip)")
    return Source(url=wanted.url or PUBLIC.url, sha256=wanted.sha256.lower(), language=wanted.language)


def run_fetch(wanted: Wanted, config: Path) -> int:
    """0 once the model is installed, or was already; 1 with the remedy."""
    try:
        settings = load(config).settings
        source = source_of(wanted, settings)
        configured = settings.speech.models.get(source.language, TRIAL_MODEL)
        served = configured != TRIAL_MODEL and wanted.into in (None, configured)
        directory = configured if served else wanted.into or _models() / source.name
        there = described(directory).model
        if there is not None and there.mark.sha256 == source.sha256:
            print(f"{source.name} est déjà installé : {directory}")
            return 0
        if wanted.file is not None:
            install(wanted.file, source, directory)
        else:
            print(f"{source.url} :")
            fetch(source, directory, _models() / ".coming", _Drawn())
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"Installé et vérifié : {described(directory)}")
    if served:
        print("Il sert dès le prochain démarrage du centre.")
    else:
        print(f"Pour qu'il serve, dans centre.yaml :\n  speech:\n    models: {{{source.language}: {directory}}}")
    return 0


class _Drawn:
    """Progress on one line of a terminal; nothing where the output is kept in a file."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def __call__(self, come: int, whole: int) -> None:
        now_s = time.monotonic()
        if sys.stderr.isatty() and (now_s >= self._next_s or come == whole):
            self._next_s = now_s + _DRAW_EVERY_S
            beyond = f" sur {whole / 1e6:.1f} Mo ({come / whole:.0%})" if whole else " Mo"
            print(f"\r  {come / 1e6:.1f}{beyond}", end="\n" if come == whole else "", file=sys.stderr, flush=True)


def run_build(into: Path | None, *, force: bool) -> int:
    """0 once the test model is there, of the phrases as they are now; 1 with the remedy."""
    from speech.test_model.build import build, digest
    from speech.test_model.measure import report
    from speech.test_model.voices import NoVoice

    directory = into or TRIAL_MODEL
    there = described(directory).model
    if there is not None and there.mark.sha256 == digest() and not force:
        print(f"Le modèle d'essai est à jour : {directory}\n(--force pour le refaire)")
        return 0
    began_s = time.monotonic()
    try:
        build(directory)
    except NoVoice as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"Fait en {time.monotonic() - began_s:.0f} s ; mesure…")
    print(report(directory))
    return 0
