"""Keys of machines: another system comes in by a token, for one organisation, and for what the token is for.

    token = tokens.add("site", tenant="yvelines", scopes=("messages",))     told this once
    tokens.find(token)                                                      Access, or None

A token is 256 random bits: its SHA-256 is kept and nothing else of it.  They rest beside the passwords (a Shelf), under
names that no person has; one that is removed is out at its next request.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from softphone_ui.passwords import PasswordFault, Shelf

Scope = Literal["messages"]
SCOPES: Final[tuple[Scope, ...]] = ("messages",)
BEFORE: Final = "jeton:"
MARK: Final = "allo_"
# Tokens of a platform: a few systems for each of its organisations.
MOST: Final = 500
# A system may send so many at once, and then one each so many seconds: a region's forms after a letter to everybody.
BURST: Final = 60
EVERY_S: Final = 0.5


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a token opens; `name` is what people call the system, `digest` all that is kept of the token."""

    name: str
    tenant: str
    scopes: tuple[Scope, ...]
    digest: str
    made_on: str = ""


class Tokens:
    """The tokens on `shelf`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def add(self, name: str, *, tenant: str, scopes: tuple[Scope, ...], made_on: str) -> str:
        """The token, which nobody can read again.  Raises PasswordFault: the name is taken, nothing can be kept."""
        here = self.all()
        if any(access.name == name for access in here):
            raise PasswordFault(f"Un jeton « {name} » existe déjà : choisissez un autre nom, ou supprimez-le d'abord.")
        if len(here) >= MOST:
            raise PasswordFault(f"{MOST} jetons existent déjà : supprimez ceux qui ne servent plus.")
        token = MARK + secrets.token_urlsafe(32)
        access = Access(name=name, tenant=tenant, scopes=scopes, digest=_digest(token), made_on=made_on)
        self._shelf.put(BEFORE + name, msgspec.json.encode(access).decode())
        return token

    def remove(self, name: str) -> None:
        """Raises PasswordFault for one that there is not."""
        if all(access.name != name for access in self.all()):
            raise PasswordFault(f"Aucun jeton « {name} » : ./allo token list les montre.")
        self._shelf.put(BEFORE + name, "")

    def all(self) -> list[Access]:
        """May wait.  Raises PasswordFault."""
        return _read(self._shelf.hashes())

    def look(self) -> None:
        """Reads what others have changed; may wait.  Raises PasswordFault."""
        self._shelf.look()

    def find(self, token: str) -> Access | None:
        """Whose token it is, as far as that is known without waiting; each is compared, so that time tells nothing."""
        digest, found = _digest(token), None
        for access in _read(self._shelf.glance()):
            if hmac.compare_digest(access.digest, digest):
                found = access
        return found


class Door:
    """How machines come in: by `tokens`, not faster than one can read; `clean` is what is done to what they bring."""

    def __init__(self, tokens: Tokens, clean: Callable[[str], str] = lambda text: text) -> None:
        self.tokens = tokens
        self.clean = clean
        self._rooms: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str, now_s: float) -> float:
        """How long the system `name` must wait; 0: it may come in, and has."""
        room, last_s = self._rooms.get(name, (float(BURST), now_s))
        room = min(float(BURST), room + (now_s - last_s) / EVERY_S)
        if room < 1.0:
            self._rooms[name] = room, now_s
            return (1.0 - room) * EVERY_S
        self._rooms[name] = room - 1.0, now_s
        return 0.0


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(hashes: dict[str, str]) -> list[Access]:
    kept = (written for name, written in sorted(hashes.items()) if name.startswith(BEFORE) and written)
    return [msgspec.json.decode(written, type=Access) for written in kept]
