"""The private directory (`.allo/` or $ALLO_HOME), the records of what is installed in it, and its lock.

    venvs/<key>-<n>/    virtual environments; `venv` is a symbolic link to the current one
    tools/<tool>/<v>/   private trees, each renamed into place once complete
    ready/<need>.json   what is ready, written last: no record, not installed
    tmp/                work of the installation under way, emptied by the next one
    lock, install.log

Whatever moment an installation is killed at, the next one finds either the former state or the new one.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from commands import Failure
from progress import Progress


@dataclass(frozen=True)
class Record:
    """What is ready: for which recipe (`key`), what to tell the product, and what must still exist on disk."""

    key: str
    version: str
    environment: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


class Home:
    """Where everything of this project's installation lives; nothing is ever written elsewhere."""

    def __init__(self, root: Path, directory: Path) -> None:
        if ":" in f"{root}{directory}":
            # The loader's and Python's search paths separate their entries by it, without any escape.
            raise Failure(
                f"le chemin « {directory} » contient « : », ce que ni Python ni Asterisk n'acceptent",
                "déplacez le projet, ou choisissez un autre dossier avec la variable ALLO_HOME.",
            )
        self.root = root
        self.directory = directory
        self.venv = directory / "venv"
        self.python = self.venv / "bin" / "python"
        self.venvs = directory / "venvs"
        self.tools = directory / "tools"
        self.tmp = directory / "tmp"
        self.ready = directory / "ready"
        self.log = directory / "install.log"

    def prepare(self) -> None:
        """Creates the directories.  Raises Failure where this is not allowed."""
        try:
            for place in (self.directory, self.venvs, self.tools, self.ready):
                place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Failure(
                f"le dossier privé {self.directory} ne peut pas être créé",
                "donnez à votre compte le droit d'écrire là, ou choisissez un autre dossier (variable ALLO_HOME).",
                str(error),
            ) from error

    def empty_tmp(self) -> None:
        """Forgets what an interrupted installation left.  Only for the holder of the lock."""
        shutil.rmtree(self.tmp, ignore_errors=True)
        self.tmp.mkdir(parents=True, exist_ok=True)

    def scratch(self, name: str) -> Path:
        """A fresh directory in tmp/: children of a killed installation may still be writing into the former one."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.tmp))

    def recall(self, need: str, key: str) -> Record | None:
        """The record of `need` if it is ready for this very `key` and nothing of it has vanished, else None."""
        try:
            record = Record(**json.loads((self.ready / f"{need}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return record if record.key == key and all(map(os.path.exists, record.paths)) else None

    def remember(self, need: str, record: Record) -> None:
        """Writes the record in one move: it is there whole or not at all."""
        fresh = self.ready / f".{need}.new"
        fresh.write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self.ready / f"{need}.json")

    def put(self, built: Path, place: Path) -> None:
        """Renames a complete tree into its place, moving away a former one; both are on the same disk."""
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            place.replace(self.scratch("old") / place.name)
        built.replace(place)

    @contextmanager
    def lock(self, progress: Progress) -> Iterator[None]:
        """One installation at a time.  The kernel frees the lock when its holder dies, however it dies."""
        with (self.directory / "lock").open("w", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress.say(f"Une autre commande ./allo installe dans {self.directory} : j'attends qu'elle finisse.")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
