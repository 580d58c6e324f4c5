"""The keys of the records: one per tenant, in a file or a table of their own, apart from what they open.

From a tenant's key two are derived: one seals rows (AES-256-GCM), one makes the keyed pseudonyms (HMAC-SHA-256) by
which a number, a name or a person is looked up without being written down.  Whoever holds the database alone can
neither read a record nor find out whose number it has.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from core.errors import AlloError

METADATA: Final = MetaData()
TENANTS: Final = Table(
    "tenants", METADATA, Column("tenant", String, primary_key=True), Column("key", LargeBinary, nullable=False)
)

KEY_BYTES: Final = 32
PSEUDONYM_BYTES: Final = 16
_NONCE: Final = 12
_VERSION: Final = b"\x01"


class RecordsFault(AlloError):
    """The records cannot be read or written; the message says the remedy, and nothing of a person."""


class TenantKeys:
    """What seals and finds the records of one tenant."""

    __slots__ = ("_finding", "_sealing")

    def __init__(self, tenant: str, key: bytes) -> None:
        self._sealing = AESGCM(_derived(key, f"allo records sealing {tenant}"))
        self._finding = _derived(key, f"allo records finding {tenant}")

    def pseudonym(self, kind: str, text: str) -> str:
        """The name under which `text` (a number, a person's id, a name with its birth date) stands in the database."""
        found = hmac.new(self._finding, f"{kind}|{text}".encode(), hashlib.sha256).digest()
        return found[:PSEUDONYM_BYTES].hex()

    def seal(self, bound: str, plain: bytes) -> bytes:
        """`plain` sealed for its place `bound`: elsewhere it does not open."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._sealing.encrypt(nonce, plain, bound.encode())

    def open(self, bound: str, sealed: bytes) -> bytes:
        """What was sealed; raises RecordsFault if it was altered, moved, or sealed under another key."""
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return self._sealing.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], bound.encode())
        except InvalidTag:
            raise RecordsFault(
                "Une fiche ne s'ouvre pas avec la clé de sa collectivité : la base ou le fichier des clés a été "
                "remplacé. Restaurez-les d'une même sauvegarde."
            ) from None


class RecordKeys:
    """The keys of all tenants, in the JSON file `path` (0600), or in the table that `server` gives.  A tenant that has
    none gets one; one that the table lacks and the file has brings it along.

    Several processes may use them: the import beside the running centre.
    """

    def __init__(self, path: Path, server: Callable[[], Engine] | None = None) -> None:
        self._path = path
        self._server = server
        self._keys: dict[str, TenantKeys] = {}

    def of(self, tenant: str) -> TenantKeys:
        """The tenant's keys; raises RecordsFault if they cannot be read or written."""
        if tenant not in self._keys:
            try:
                key = self._kept_or_made(tenant) if self._server is None else self._on_server(tenant, self._server())
                self._keys[tenant] = TenantKeys(tenant, key)
            except SQLAlchemyError as error:
                raise RecordsFault(
                    f"Les clés des fiches ne peuvent pas être lues dans PostgreSQL ({type(error).__name__}). Vérifiez "
                    "qu'il tourne et que ce compte y a ses droits."
                ) from None
            except (OSError, ValueError) as error:
                raise RecordsFault(
                    f"Le fichier des clés {self._path} ne peut pas être lu ou écrit ({type(error).__name__}). Vérifiez "
                    "ses droits, ou restaurez-le d'une sauvegarde : sans lui les fiches ne s'ouvrent plus."
                ) from None
        return self._keys[tenant]

    def _on_server(self, tenant: str, engine: Engine) -> bytes:
        asked = select(TENANTS.c.key).where(TENANTS.c.tenant == tenant)
        with engine.begin() as connection:
            found: bytes | None = connection.execute(asked).scalar_one_or_none()
            if found is not None:
                return found
            kept: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
            key = base64.b64decode(kept[tenant], validate=True) if tenant in kept else os.urandom(KEY_BYTES)
            connection.execute(postgresql.insert(TENANTS).values(tenant=tenant, key=key).on_conflict_do_nothing())
            stands: bytes = connection.execute(asked).scalar_one()  # another process may have been first
            return stands

    def _kept_or_made(self, tenant: str) -> bytes:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}
            if tenant not in kept:
                kept[tenant] = base64.b64encode(os.urandom(KEY_BYTES)).decode()
                self._write(kept)
            return base64.b64decode(kept[tenant], validate=True)
        finally:
            os.close(lock)

    def _write(self, kept: dict[str, str]) -> None:
        unfinished = self._path.with_suffix(".new")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)


def _derived(key: bytes, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=use.encode()).derive(key)
