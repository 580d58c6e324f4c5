"""A copy of all that a centre cannot make again, taken while it runs: `./allo backup`.

Two files come out.  The first holds the journal, the records, messages and whatever else stands in the run directory,
and the configuration.  The second, `…-cles.tar`, holds what opens them: keys and secrets; it must be stored elsewhere,
for together they are everything that was ever said to us.  Databases are copied by SQLite's own online backup, each as
it stood at one moment; keys are copied after what they seal, so that none is missing.

Each file begins with MANIFESTE.json: who made it, and the length and SHA-256 of every file in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from core.errors import AlloError

FORMAT: Final = 1
MANIFEST: Final = "MANIFESTE.json"
# Made again: Asterisk's own files, synthesised prompts and music by a start, sessions by a log-in.
MADE_AGAIN: Final = frozenset({"asterisk", "prompts", "music", "sessions.db"})
# What nobody can make again all the same: what callers recorded.
WITHIN: Final = (Path("asterisk/messages"),)
# What opens the rest.
APART: Final = frozenset({"keys", "secrets.json", "passwords.json"})
# SQLite's companions and our own marks: they belong to the process that runs.
_COMPANIONS: Final = ("-wal", "-shm", "-lock", "-suspect", "-journal", "-new", ".lock", ".new")
_SQLITE: Final = b"SQLite format 3\x00"
_CHUNK: Final = 1 << 20
# Another process may hold a database for a checkpoint; nobody does for long.
BUSY_S: Final = 10.0
OWNER_ONLY: Final = 0o600


class BackupFault(AlloError):
    """A backup cannot be made or used; the message says in French what to do."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself; the two files of one backup have the same `pair`."""

    format: int
    release: str
    made_at_ms: int
    part: str
    pair: str
    files: dict[str, Content]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The two files of a backup, and how much is in them."""

    data: Path
    keys: Path
    files: int
    bytes: int


def keys_of(data: Path) -> Path:
    """The second file of the backup `data`, where it was made."""
    return data.with_name(f"{data.stem}-cles{data.suffix}")


Copies = Callable[[Path, Path], None]
"""Copies what stands in servers: (the folder of the data, the folder of the keys)."""


def nothing_in_servers(_data: Path, _keys: Path) -> None:
    """Of a centre that keeps everything in its run directory."""


def back_up(
    run: Path,
    config: Path,
    target: Path,
    *,
    release: str,
    now_ms: int,
    stamp: str,
    from_servers: Copies = nothing_in_servers,
) -> Made:
    """Copies into the folder `target`, which is made if need be, a file named after `stamp`; or into `target` itself if
    that is a name in .tar.  Raises BackupFault.

    Nothing appears under the final names before it is whole and on the disk.
    """
    data = target if target.suffix == ".tar" and not target.is_dir() else target / f"allo-{stamp}.tar"
    if not target.parent.is_dir():
        raise BackupFault(f"Le dossier {target.parent} n'existe pas : créez-le, ou donnez-en un autre.")
    if data.exists() or keys_of(data).exists():
        raise BackupFault(f"{data} existe déjà : donnez un autre nom, une sauvegarde n'en remplace pas une autre.")
    if not run.is_dir():
        raise BackupFault(f"Rien à sauvegarder : {run} n'existe pas. Le centre n'a jamais démarré ici.")
    _folder(data.parent)
    whose = Manifest(format=FORMAT, release=release, made_at_ms=now_ms, part="", pair=secrets.token_hex(8), files={})
    try:
        with tempfile.TemporaryDirectory(dir=data.parent, prefix=".allo-sauvegarde-") as folder:
            first, second = Path(folder, "donnees"), Path(folder, "cles")
            _copy_tree(run, first / "run", leave_out=MADE_AGAIN | APART)
            for inside in WITHIN:
                _copy_tree(run / inside, first / "run" / inside, leave_out=frozenset())
            _copy_tree(config, first / "config", leave_out=frozenset())
            from_servers(first, second)
            for name in sorted(APART):
                _copy(run / name, second / "run" / name)
            manifests = [
                msgspec.structs.replace(whose, part=part.name, files=_contents(part)) for part in (first, second)
            ]
            _pack(second, keys_of(data), manifests[1])
            _pack(first, data, manifests[0])
    except (OSError, sqlite3.Error) as error:
        raise BackupFault(f"La sauvegarde n'a pas abouti ({error}). Vérifiez {data.parent}.") from error
    contents = [content for manifest in manifests for content in manifest.files.values()]
    return Made(data=data, keys=keys_of(data), files=len(contents), bytes=sum(content.bytes for content in contents))


def _folder(folder: Path) -> None:
    """For this account alone: names and numbers will be in it."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BackupFault(f"Le dossier {folder} ne peut pas être créé ({error.strerror}).") from error


def _copy_tree(source: Path, target: Path, leave_out: frozenset[str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()) if source.is_dir() else ():
        if entry.name not in leave_out:
            _copy(entry, target / entry.name)


def _copy(source: Path, target: Path) -> None:
    """A folder with what is in it, a database as it stands at one moment, any other file as it is.

    Sockets and links are no data; a file that goes while we copy was a passing one.
    """
    if source.is_symlink() or source.name.endswith(_COMPANIONS):
        return
    if source.is_dir():
        _copy_tree(source, target, leave_out=frozenset())
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_database(source):
            _copy_database(source, target)
        else:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(source, target)


def is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _copy_database(source: Path, target: Path) -> None:
    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(f"{source.name} : {said}")


def _contents(folder: Path) -> dict[str, Content]:
    return {str(path.relative_to(folder)): content_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def content_of(path: Path) -> Content:
    """Length and check sum of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Content(bytes=file.tell(), sha256=digest.hexdigest())


def _pack(folder: Path, target: Path, manifest: Manifest) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    unfinished = target.with_name(f".{target.name}.new")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name in (MANIFEST, *manifest.files):
                tar.add(folder / name, name, recursive=False, filter=_nobodys)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(target)


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who owned a file here says nothing on another machine."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = OWNER_ONLY
    return entry


def verified(file: Path) -> Manifest:
    """The manifest of a backup all of whose bytes are what it says.  Raises BackupFault."""
    try:
        with tarfile.open(file, "r:") as tar:
            manifest = _manifest_of(tar)
            found = {entry.name: _content_in(tar, entry) for entry in _members(tar)}
    except (OSError, tarfile.TarError, msgspec.DecodeError, KeyError) as error:
        raise BackupFault(
            f"{file} n'est pas une sauvegarde lisible ({type(error).__name__}) : prenez-en une autre."
        ) from error
    if manifest.format > FORMAT:
        raise BackupFault(f"{file} vient d'une version plus récente ({manifest.release}) : installez-la d'abord.")
    wrong = sorted(name for name in manifest.files.keys() | found.keys() if manifest.files.get(name) != found.get(name))
    if wrong:
        raise BackupFault(f"{file} est abîmée ({', '.join(wrong[:3])}…) : prenez-en une autre.")
    return manifest


def _manifest_of(tar: tarfile.TarFile) -> Manifest:
    inside = tar.extractfile(MANIFEST)
    if inside is None:
        raise KeyError(MANIFEST)
    return msgspec.json.decode(inside.read(), type=Manifest)


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Every file but the manifest; raises KeyError for what could be written outside of where it is unpacked."""
    for entry in tar:
        parts = Path(entry.name).parts
        if not entry.isreg() or entry.name.startswith("/") or ".." in parts:
            raise KeyError(entry.name)
        if entry.name != MANIFEST:
            yield entry


def _content_in(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Content:
    inside = tar.extractfile(entry)
    assert inside is not None  # a regular file
    digest = hashlib.sha256()
    while chunk := inside.read(_CHUNK):
        digest.update(chunk)
    return Content(bytes=entry.size, sha256=digest.hexdigest())


def unpack(file: Path, into: Mapping[str, Path]) -> None:
    """Writes the files of a verified backup: those under `run/` to `into["run"]`, and so on; others are left.

    Raises OSError.
    """
    with tarfile.open(file, "r:") as tar:
        for entry in _members(tar):
            head, _, rest = entry.name.partition("/")
            if head not in into:
                continue
            target = into[head] / rest
            for folder in (*reversed(target.relative_to(into[head]).parents),):
                (into[head] / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            inside = tar.extractfile(entry)
            assert inside is not None
            with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as out:
                shutil.copyfileobj(inside, out)


def outside(run: Path, places: Iterable[Path]) -> list[Path]:
    """Which of the places that the configuration names are not in the run directory, so not in a backup."""
    return [place for place in places if not place.is_relative_to(run)]
