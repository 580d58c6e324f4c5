"""Where a running centre keeps what is its own: one directory, for its user alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
"""Of the project."""

PRIVATE: Final = 0o700
OWNER_ONLY: Final = 0o600


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The run directory and what is in it.

    A demonstration has passwords and receivers of its own (`demonstration`): those of a real centre stay as they are.
    """

    run: Path
    demonstration: bool = False

    @property
    def asterisk(self) -> Path:
        return self.run / "asterisk"

    @property
    def prompts(self) -> Path:
        return self.run / "prompts"

    @property
    def music(self) -> Path:
        return self.run / "music"

    @property
    def corrections(self) -> Path:
        """What agents put right of what was understood, without names, until somebody has looked at it."""
        return self.run / "corrections.jsonl"

    @property
    def understanding(self) -> Path:
        """What was learnt from examples; made anew when it is not there."""
        return self.run / "understanding"

    @property
    def messages(self) -> Path:
        """What callers have recorded, sealed."""
        return self.run / "messages"

    @property
    def secrets(self) -> Path:
        return self.run / "secrets.json"

    @property
    def tokens(self) -> Path:
        """Digests of the keys by which other systems come in."""
        return self._own / "tokens.json"

    @property
    def passwords(self) -> Path:
        """Hashes of the pages' passwords."""
        return self._own / "passwords.json"

    @property
    def sessions(self) -> Path:
        """Who is logged in on the pages; not in a backup, which would let in again who was put out since."""
        return self._own / "sessions.db"

    @property
    def counter(self) -> Path:
        """The socket of local commands (runtime/telling/counter.py)."""
        return self.run / "counter.sock"

    @property
    def record_keys(self) -> Path:
        return self.run / "keys" / "records.json"

    @property
    def outbox(self) -> Path:
        return self._own / "webhooks" / "outbox.db"

    @property
    def eliminations(self) -> Path:
        """Lists of what was eliminated (runtime/upkeep/eliminated.py)."""
        return self.run / "eliminations"

    @property
    def _own(self) -> Path:
        return self.run / "demonstration" if self.demonstration else self.run

    def under(self, path: Path) -> Path:
        """`path`, a relative one begins at the run directory."""
        return self.run / path

    def make(self) -> None:
        """Makes the directories; raises OSError with the path if it cannot."""
        for directory in (self.run, self.asterisk, self.prompts, self.music):
            directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


def home() -> Path:
    """The private directory of this installation (`ALLO_HOME`), `.allo` in the project."""
    return Path(os.environ.get("ALLO_HOME") or ROOT / ".allo")


class Secrets:
    """Passwords that Allo makes for itself at first use and keeps in one file that only its user may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, name: str, variable: str | None = None) -> str:
        """The secret `name`: out of the environment's `variable` if there is one, else made here.

        Raises KeyError if the variable is named and not set.
        """
        if variable is not None:
            return os.environ[variable]
        if name not in self._made:
            self._made[name] = secrets.token_urlsafe(18)
            self._write()
        return self._made[name]

    def known(self, name: str, variable: str | None = None) -> str:
        """The secret `name` if there is one already; raises KeyError if not."""
        return os.environ[variable] if variable is not None else self._made[name]

    def _write(self) -> None:
        unfinished = self._path.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w") as file:
            json.dump(self._made, file, indent=1, sort_keys=True)
        unfinished.replace(self._path)
