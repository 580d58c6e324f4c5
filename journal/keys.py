"""The keys that seal personal data: one per interaction and purpose, apart from what they open.

A sealed text is `01 | nonce (12 bytes) | AES-256-GCM ciphertext and tag`, bound to "interaction|purpose" as associated
data.  Erasing a key empties every copy of what it sealed: journal, snapshots, backups of both, messages on the bus.
Back the keys up apart from the journal, and let those backups expire: an erased key lives on in them.

A key is made in memory at once, and saved by the journal's writer thread before the steps that it seals
(`KeyStore.save`).  Nothing here is needed to fold or to count: a text whose key is gone is None.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import SQLAlchemyError

from core.errors import InvariantBroken
from core.ids import InteractionId
from core.limits import JOURNAL_RING_STEPS
from core.personal import PURPOSES, Purpose
from journal.key_file import KeyFile
from journal.shelf import KEY_BYTES, Name, Shelf

# Keys in memory: those of the interactions of about an hour on a large platform; some 200 bytes each.
CACHED_KEYS: Final = 50_000
# Keys not saved yet, when the disk is full: those of the steps that wait, each with at most two new ones.
FRESH_KEYS: Final = 2 * JOURNAL_RING_STEPS
# How long a process uses a key without looking whether another has erased it (`./allo prune`, another part of a centre
# of several): a call's next fact comes sooner, a person who asks to be forgotten waits longer.
SHARED_S: Final = 60.0

_VERSION: Final = b"\x01"
_NONCE: Final = 12


class KeyStore:
    """A Sealer whose keys rest in `shelf`; a path is a KeyFile of this process.

    `seal` and `open` may be called from any thread; they wait for no disk write.  `save` and `erase` do: call them from
    a thread that may wait (the journal's writer; `asyncio.to_thread`).  Not `writing`, it opens what another process
    seals, remembers no key (that one may erase it), and neither seals nor erases.  A key is remembered for `SHARED_S`:
    no longer can one be used that another process has erased.

    `unreadable` counts texts that were sealed under another key than ours or that were altered: open gives None for
    them too.  `salvage` says, to the operator, what became of a store that was damaged.
    """

    def __init__(
        self,
        shelf: Path | Shelf,
        synchronous: str = "NORMAL",
        *,
        writing: bool = True,
        cached: int = CACHED_KEYS,
        remembered_s: float = SHARED_S,
    ) -> None:
        """Opens the store, or makes it; raises JournalFault with the remedy if it cannot be opened."""
        self._shelf: Shelf = KeyFile(shelf, synchronous, writing=writing) if isinstance(shelf, Path) else shelf
        self.unreadable = 0
        self.salvage = self._shelf.salvage
        self._cached: OrderedDict[Name, tuple[bytes | None, float]] = OrderedDict()  # None: erased
        self._cache_keys = cached if self._shelf.writing else 0
        self._remembered_s = remembered_s
        self._fresh: OrderedDict[Name, bytes] = OrderedDict()
        # Of interactions behind this one in order, every key is in memory: none is looked for on the shelf.
        self._known_after: InteractionId | None = None
        self._unclean = False
        # Whoever needs both takes `_writing` first; `_memory` is never held during a write to the disk.
        self._memory = threading.Lock()
        self._writing = threading.Lock()
        if self._shelf.writing:
            with contextlib.suppress(SQLAlchemyError):  # then each is looked for when it is needed
                self._read_newest()

    def _read_newest(self) -> None:
        """Those of the interactions that a start is about to fold."""
        newest = self._shelf.newest(self._cache_keys)
        if not self._shelf.shared:
            self._known_after = newest[-1][0] if len(newest) == self._cache_keys else ""
        for of, purpose, key in reversed(newest):
            self._remember((of, purpose), key)

    def seal(self, of: InteractionId, purpose: Purpose, text: str) -> bytes:
        """The sealed text; makes the key when there is none yet.  After an erasure nobody can open it again."""
        return self.seal_bytes(of, purpose, text.encode("utf-8", "surrogatepass"))

    def seal_bytes(self, of: InteractionId, purpose: Purpose, plain: bytes) -> bytes:
        """As `seal`, what is no text."""
        self._refuse_reading()
        with self._memory:
            key = self._find((of, purpose))
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, _bound(of, purpose))

    def open(self, of: InteractionId, purpose: Purpose, sealed: bytes) -> str | None:
        """The text; None once its key is erased, or if it was sealed under another."""
        plain = self.open_bytes(of, purpose, sealed)
        return None if plain is None else plain.decode("utf-8", "surrogatepass")

    def open_bytes(self, of: InteractionId, purpose: Purpose, sealed: bytes) -> bytes | None:
        """As `open`, what is no text."""
        name = (of, purpose)
        with self._memory:
            key = self._fresh.get(name) or self._recall(name)
        if key is None:
            return None
        try:
            if sealed[:1] != _VERSION:
                raise ValueError(f"a sealed text begins with {_VERSION!r}, was {sealed[:1]!r}")
            return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _bound(of, purpose))
        except (InvalidTag, ValueError):
            self.unreadable += 1
            return None

    def save(self) -> None:
        """Commits the keys that are not saved yet; raises SQLAlchemyError or OSError, and they stay to be saved."""
        with self._writing:
            with self._memory:
                fresh = dict(self._fresh)
            if fresh:
                stand = self._shelf.add(fresh)
                with self._memory:
                    for name in fresh:
                        self._fresh.pop(name, None)
                    for name in stand:
                        self._remember(name, fresh[name])
            if self._unclean:
                self._unclean = not self._shelf.scrub()

    def erase(self, interaction: InteractionId, purpose: Purpose | None = None) -> None:
        """Deletes the key for `purpose`, or for all; on return it is in no cache and in no byte of the store's files.

        Raises SQLAlchemyError or OSError when the disk refuses: try again, the key is still there.
        """
        self._refuse_reading()
        names: list[Name] = [(interaction, one) for one in (PURPOSES if purpose is None else (purpose,))]
        with self._writing:
            self._shelf.erase(names)
            with self._memory:
                for name in names:
                    self._fresh.pop(name, None)
                    self._remember(name, None)
            self._unclean = not self._shelf.scrub()

    def close(self) -> None:
        """Saves what it can and lets go of the file."""
        with contextlib.suppress(SQLAlchemyError, OSError):
            self.save()
        with self._memory:
            self._shelf.close_reading()
        with self._writing:
            self._shelf.close_writing()

    def _refuse_reading(self) -> None:
        if not self._shelf.writing:
            raise InvariantBroken("a key store opened for reading neither seals nor erases")

    def _find(self, name: Name) -> bytes:
        """The key to seal with; a new one if there is none, a throw-away one if it was erased."""
        key = self._fresh.get(name)
        if key is not None:
            return key
        key = self._recall(name)
        if key is not None:
            return key
        key = os.urandom(KEY_BYTES)
        if name not in self._cached:
            self._fresh[name] = key
            if len(self._fresh) > FRESH_KEYS:
                self._fresh.popitem(last=False)
        return key

    def _recall(self, name: Name) -> bytes | None:
        """The saved key, from memory or the shelf.  Erased: None, and remembered; never made: None, and not."""
        key, until_s = self._cached.get(name, (None, 0.0))
        if until_s > time.monotonic():
            self._cached.move_to_end(name)
            return key
        if name not in self._cached and self._known_after is not None and name[0] > self._known_after:
            return None
        try:
            found = self._shelf.find(name)
        except SQLAlchemyError:
            # A shelf that cannot be read stops no call: the key that we knew serves on.  If we knew none, the text is
            # sealed under a new one, and if an older one does exist, the new one is not saved over it.
            return key
        if found is None:
            return None
        self._remember(name, found[0])
        return found[0]

    def _remember(self, name: Name, key: bytes | None) -> None:
        self._cached[name] = key, time.monotonic() + self._remembered_s
        self._cached.move_to_end(name)
        if len(self._cached) > self._cache_keys:
            (forgotten, _purpose), _ = self._cached.popitem(last=False)
            if self._known_after is not None:
                self._known_after = max(self._known_after, forgotten)


def _bound(of: InteractionId, purpose: Purpose) -> bytes:
    return f"{of}|{purpose}".encode()
