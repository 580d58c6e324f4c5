"""A public model fetched and installed whole: resumed after a cut, checked against its SHA-256, put in place at once.

Whatever happens, the directory of the model holds what it held before or a whole new model.  What has come so far stays
in a cache, so that the next try goes on from there.  Proxies are those of the environment (https_proxy).
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import stat
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final
from urllib.parse import urlsplit

import msgspec

from core.errors import AlloError
from speech.models import BadModel, Mark, read_model, write_mark

# The largest public models of Vosk have 2.3 GB packed, 4 GB laid out, some dozen files.
BYTES_MOST: Final = 2_500_000_000
LAID_OUT_MOST: Final = 6_000_000_000
FILES_MOST: Final = 500
# A cut line is tried again from where it was cut.
TRIES: Final = 3
SILENCE_S: Final = 30.0
_CHUNK: Final = 1 << 18
_PACKED: Final = b"PK\x03\x04"

Progress = Callable[[int, int], None]
"""Told with the bytes that have come and those that will in all, 0 where nobody knows."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is got from, and the SHA-256 that its archive must have."""

    url: str
    sha256: str
    language: str = "fr"

    @property
    def name(self) -> str:
        """`vosk-model-small-fr-0.22`."""
        return PurePosixPath(urlsplit(self.url).path).stem


PUBLIC: Final = Source(
    url="https://alphacephei.com/vosk/models/vosk-model-small-fr-0.22.zip",
    sha256="cabf6180e177eb9b3a9a9d43a437bd5e549f3a7d09525e5d69a3fed787be12ad",
)
"""Vosk's small French model, 42 MB, Apache 2.0; the digest that several projects which ship it have noted."""


class FetchFault(AlloError):
    """The model could not be got or is not what it should be; nothing was changed.  French, with the remedy."""


def fetch(source: Source, directory: Path, cache: Path, told: Progress = lambda come, whole: None) -> None:
    """Gets the archive and installs it as `directory`, in place of what is there.  Raises FetchFault."""
    part = cache / f"{source.name}.{source.sha256[:12]}.part"
    with _writing(cache):
        cache.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
    if not (resumed and _digest(part) == source.sha256):
        _download(source, part, told)
        if resumed and _digest(part) != source.sha256:
            part.unlink()  # something else was begun under this name: once more, from its beginning
            _download(source, part, told)
    if (found := _digest(part)) != source.sha256:
        part.unlink()
        raise FetchFault(_unexpected(found, source.sha256))
    _install(part, source, directory)
    part.unlink()


def install(archive: Path, source: Source, directory: Path) -> None:
    """Installs an archive that somebody brought, in place of what `directory` holds.  Raises FetchFault."""
    try:
        found = _digest(archive)
    except OSError as error:
        raise FetchFault(f"{archive} : illisible ({error.strerror}), vérifiez le chemin") from error
    if found != source.sha256:
        raise FetchFault(_unexpected(found, source.sha256))
    _install(archive, source, directory)


def _unexpected(found: str, expected: str) -> str:
    return (
        f"ce n'est pas le modèle attendu : empreinte {found[:16]}… au lieu de {expected[:16]}…, rien n'a été installé. "
        "Relancez ; si le fournisseur a publié une autre version, vérifiez-la puis donnez sa sha256"
    )


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    """What the disk refuses, told with its remedy."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise FetchFault(
            f"écriture impossible sous {place} ({why}) : faites de la place, ou changez ses droits"
        ) from error


# The archive, over the network.


def _download(source: Source, part: Path, told: Progress) -> None:
    """Has `part` whole, or raises FetchFault; what came before a cut is kept."""
    for left in reversed(range(TRIES)):
        try:
            if _more(source, part, told):
                return
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                raise FetchFault(f"{source.url} répond {error.code} {error.reason} : vérifiez l'adresse") from error
            if left == 0:
                raise FetchFault(_unreachable(source, error)) from error
    come = part.stat().st_size if part.exists() else 0
    raise FetchFault(f"le téléchargement s'est arrêté à {come / 1e6:.1f} Mo : relancez, il reprendra où il en est")


def _unreachable(source: Source, error: Exception) -> str:
    why = getattr(error, "reason", None) or error
    return (
        f"{source.url} est injoignable ({why}). Sans accès à Internet : prenez ce fichier sur un autre poste, "
        f"puis ./allo speech fetch --file {source.name}.zip ; derrière un proxy, définissez https_proxy"
    )


def _more(source: Source, part: Path, told: Progress) -> bool:
    """Adds to `part` what is missing; whether it is whole now.  Raises OSError and HTTPException of the network."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(source.url, headers={"User-Agent": "allo"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urllib.request.urlopen(request, timeout=SILENCE_S)
    except urllib.error.HTTPError as error:
        if have and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return True  # nothing is missing: the digest will tell
        raise
    with answer:
        if answer.status != http.client.PARTIAL_CONTENT:
            have = 0
        whole = have + int(answer.headers.get("Content-Length") or 0)
        if whole > BYTES_MOST:
            raise FetchFault(f"{source.url} annonce {whole / 1e9:.1f} Go : ce n'est pas un modèle, vérifiez l'adresse")
        return _take(answer, source, part, have, whole, told)


def _take(answer: IO[bytes], source: Source, part: Path, have: int, whole: int, told: Progress) -> bool:
    with _writing(part.parent), part.open("r+b" if have else "wb") as file:
        file.seek(have)
        while content := answer.read(_CHUNK):
            if have == 0 and not content.startswith(_PACKED):
                part.unlink()
                raise FetchFault(
                    f"{source.url} rend autre chose qu'une archive, sans doute la page d'un portail ou d'un proxy : "
                    "ouvrez-la dans un navigateur, puis relancez"
                )
            have += len(content)
            if have > BYTES_MOST:
                raise FetchFault(f"{source.url} ne finit pas : ce n'est pas un modèle, vérifiez l'adresse")
            file.write(content)
            told(have, whole)
    return have >= whole


# The archive, on disk.


def _install(archive: Path, source: Source, directory: Path) -> None:
    fresh = directory.with_name(f".{directory.name}.{os.getpid()}")
    try:
        with _writing(directory.parent):
            fresh.mkdir(parents=True)
            _lay_out(archive, fresh)
            write_mark(
                fresh, Mark(title=source.name, language=source.language, source=source.url, sha256=source.sha256)
            )
            read_model(fresh)
            _replace(directory, fresh)
    except (BadModel, zipfile.BadZipFile) as bad:
        raise FetchFault(
            f"{archive.name} n'est pas un modèle de Vosk utilisable ({bad}), rien n'a été installé"
        ) from bad
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _lay_out(archive: Path, fresh: Path) -> None:
    """The files of `archive` under `fresh`, without the one folder that they all share."""
    with zipfile.ZipFile(archive) as packed:
        files = [entry for entry in packed.infolist() if not entry.is_dir()]
        if len(files) > FILES_MOST or sum(entry.file_size for entry in files) > LAID_OUT_MOST:
            raise zipfile.BadZipFile("trop de fichiers, ou trop gros")
        places = [_place(entry) for entry in files]
        shared = len({place.parts[0] for place in places}) == 1 and all(len(place.parts) > 1 for place in places)
        for entry, place in zip(files, places, strict=True):
            target = fresh.joinpath(*place.parts[1 if shared else 0 :])
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(entry) as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)


def _place(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry says that it belongs; BadZipFile for one that leads out of the folder, or is no file."""
    place = PurePosixPath(entry.filename)
    leads_out = place.is_absolute() or ".." in place.parts or "\\" in entry.filename or ":" in entry.filename
    if leads_out or not place.parts or stat.S_ISLNK(entry.external_attr >> 16):
        raise zipfile.BadZipFile(f"« {entry.filename[:60]} » n'y a pas sa place")
    return place


def _replace(directory: Path, fresh: Path) -> None:
    """`fresh` under the name of `directory`; what was there goes once the new one stands."""
    before = directory.with_name(f".{directory.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if directory.exists():
        directory.rename(before)
    fresh.rename(directory)
    shutil.rmtree(before, ignore_errors=True)
