"""Passwords of local accounts: argon2id, in a file for its owner alone or in PostgreSQL (accounts.py), hashed off the
loop.

    passwords.set("claire.aubry", "…")
    await passwords.right("claire.aubry", "…")

A name that nobody has costs as long as a wrong password, and is answered the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import AlloError

OWNER_ONLY: Final = 0o600
LEAST_CHARACTERS: Final = 12  # the ANSSI's floor for a password that guards personal data
MOST_CHARACTERS: Final = 200  # a hash's cost must not depend on who writes a novel
# Hashes at once: each takes 64 MiB and a core for some 50 ms; calls need the cores too.
AT_ONCE: Final = 2
# Syllables that sound like nothing else when they are read aloud.
_SYLLABLES: Final = tuple(first + vowel for first in "bdfklmnprtv" for vowel in "aeiou")


class PasswordFault(AlloError):
    """The password will not do, or their file cannot be read; the message is the remedy."""


class Shelf(Protocol):
    """Where the hashes rest."""

    def hashes(self) -> dict[str, str]:
        """Everybody's, as they are now; may wait.  Raises PasswordFault."""

    def glance(self) -> dict[str, str]:
        """Everybody's, as far as it is known without waiting."""

    def look(self) -> None:
        """Sees to it that `glance` knows; may wait.  Raises PasswordFault."""

    def put(self, name: str, hashed: str) -> None:
        """Raises PasswordFault."""


class PasswordFile:
    """A Shelf in one file, read anew when it has changed: `./allo password` works on a running centre."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[tuple[int, int], dict[str, str]] | None = None

    def hashes(self) -> dict[str, str]:
        try:
            stat = self._file.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise PasswordFault(
                f"{self._file} illisible ({type(error).__name__}) : restaurez-le d'une sauvegarde, ou supprimez-le et "
                "redonnez un mot de passe à chacun (./allo password NOM)."
            ) from error
        return self._read[1]

    def glance(self) -> dict[str, str]:
        try:
            return self.hashes()
        except PasswordFault:  # told to whoever logs in; those who are here stay
            return self._read[1] if self._read is not None else {}

    def look(self) -> None:
        """A glance at a file is a look."""

    def put(self, name: str, hashed: str) -> None:
        hashes = {**self.hashes(), name: hashed}
        unfinished = self._file.with_suffix(".new")
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w") as file:
            json.dump(hashes, file, indent=1, sort_keys=True)
        unfinished.replace(self._file)


class Passwords:
    """The passwords in `shelf`, which may be a file's path."""

    def __init__(self, shelf: Shelf | Path, hasher: PasswordHasher | None = None) -> None:
        self._shelf: Shelf = PasswordFile(shelf) if isinstance(shelf, Path) else shelf
        self._hasher = hasher or PasswordHasher()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    @property
    def shelf(self) -> Shelf:
        return self._shelf

    def set(self, name: str, password: str) -> None:
        """Gives `name` this password.  Raises PasswordFault if it is too short or too long, or cannot be kept."""
        if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
            raise PasswordFault(
                f"Mot de passe de {len(password)} caractères : choisissez-en un de {LEAST_CHARACTERS} à "
                f"{MOST_CHARACTERS} caractères, par exemple quatre mots sans lien entre eux."
            )
        self._shelf.put(name, self._hasher.hash(password))

    def known(self) -> frozenset[str]:
        """Who has a password."""
        return frozenset(self._shelf.hashes())

    def look(self) -> None:
        """Reads what others have set; may wait.  Raises PasswordFault."""
        self._shelf.look()

    def mark(self, name: str) -> str:
        """Stands for the password of `name`, and changes with it once that is known; of no use to find it."""
        return hashlib.sha256(self._shelf.glance().get(name, "").encode()).hexdigest()

    async def right(self, name: str, password: str) -> bool:
        """Whether this is the password of `name`."""
        async with self._at_once:
            return await asyncio.to_thread(self._right, name, password[:MOST_CHARACTERS])

    def _right(self, name: str, password: str) -> bool:
        known = self._shelf.hashes().get(name)
        try:
            return self._hasher.verify(known or self._nobody, password) and known is not None
        except (VerificationError, InvalidHashError):
            return False


def made_up() -> str:
    """A new password that can be read aloud: four words of three syllables, some 69 bits."""
    words = ["".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(4)]
    return "-".join(words)
