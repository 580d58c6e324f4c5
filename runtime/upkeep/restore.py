"""Bringing a backup back: `./allo restore`.  Everything is verified before anything is touched, and nothing is deleted:
what was there is put aside."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from runtime.upkeep.backup import MADE_AGAIN, WITHIN, BackupFault, Manifest, unpack, verified

# Files that a running centre holds locked; the second is of whoever drives the Asterisk.
LOCKS: Final = ("**/*.db-lock", "asterisk/allo.lock")


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are now; `aside` is what stood there before, None if nothing did."""

    run: Path
    config: Path
    aside: Path | None
    files: int


Brings = Callable[[Path, Path | None], None]
"""Brings what was in servers back: (the file of the data, that of the keys)."""


def version(release: str) -> tuple[int, ...]:
    """`0.10.1` as numbers; what is no number counts as nothing."""
    return tuple(int(part) if part.isdecimal() else 0 for part in release.split("."))


def restore(
    data: Path,
    keys: Path | None,
    home: Path,
    *,
    release: str,
    force: bool,
    stamp: str,
    to_servers: Brings | None = None,
) -> Restored:
    """Verifies both files and unpacks them into the run directory of `home`; the configuration comes beside it.

    What was copied from servers goes back to them first.  Without `keys` numbers, names and notes stay closed for ever.
    Raises BackupFault; then nothing has changed.
    """
    manifests = _verified(data, keys, release)
    run = home / "run"
    if (holder := running(run)) is not None:
        raise BackupFault(f"Un centre fonctionne ici ({holder}) : arrêtez-le d'abord.")
    standing = _standing(run)
    if standing and not force:
        raise BackupFault(f"{run} a déjà des données : ajoutez --force pour les mettre de côté et les remplacer.")
    in_servers = [name for one in manifests for name in one.files if name.startswith("postgres/")]
    if in_servers and to_servers is not None:
        to_servers(data, keys)
    config = home / f"config-{stamp}"
    aside = home / f"avant-{stamp}" if standing else None
    try:
        if aside is not None:
            aside.mkdir(mode=0o700)
            for entry in standing:
                place = aside / entry.relative_to(run)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                entry.rename(place)
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
        config.mkdir(mode=0o700, parents=True)
        for file in (data, keys):
            if file is not None:
                unpack(file, {"run": run, "config": config})
    except OSError as error:
        rest = f" Ce qui était là est dans {aside}." if aside is not None else ""
        raise BackupFault(f"La restauration s'est arrêtée ({error}).{rest}") from error
    return Restored(run=run, config=config, aside=aside, files=sum(len(one.files) for one in manifests))


def _standing(run: Path) -> list[Path]:
    """What is in the run directory that a backup would bring, too."""
    entries = [entry for entry in run.iterdir() if entry.name not in MADE_AGAIN] if run.is_dir() else []
    return entries + [run / inside for inside in WITHIN if (run / inside).is_dir()]


def _verified(data: Path, keys: Path | None, release: str) -> list[Manifest]:
    manifests = [verified(file) for file in (data, keys) if file is not None]
    for manifest, part, file in zip(manifests, ("donnees", "cles"), (data, keys), strict=False):
        if manifest.part != part:
            raise BackupFault(f"{file} n'est pas le fichier attendu ({part}) : inversez-les peut-être.")
        if version(manifest.release) > version(release):
            raise BackupFault(
                f"{file} vient de la version {manifest.release}, ici {release} : mettez Allo à jour d'abord."
            )
    if len({manifest.pair for manifest in manifests}) > 1:
        raise BackupFault("Les deux fichiers ne viennent pas de la même sauvegarde : prenez ceux d'une même heure.")
    return manifests


def running(run: Path) -> str | None:
    """Which file of the run directory a living process holds; None if no centre runs there."""
    for pattern in LOCKS:
        for lock in sorted(run.glob(pattern)):
            if _held(lock):
                return str(lock.relative_to(run))
    return None


def _held(lock: Path) -> bool:
    with _opened(lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextlib.contextmanager
def _opened(lock: Path) -> Iterator[int]:
    file = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield file
    finally:
        os.close(file)
