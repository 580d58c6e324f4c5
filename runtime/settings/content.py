"""A centre's content: the bytes that the journal keeps by digest, and the Centre that they rebuild (rule 14).

Comments, spelling and file names do not count; the order does, for the first service answers unknown numbers.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from core.centre import Centre
from core.errors import ConfigurationFault

FORMAT: Final = 1


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    centre: Centre


def seal(centre: Centre) -> tuple[Centre, bytes]:
    """`centre` with its digest (SHA-256 of its content, 64 hexadecimal digits), and the content."""
    content = msgspec.json.encode(_Content(format=FORMAT, centre=msgspec.structs.replace(centre, digest="")))
    return msgspec.structs.replace(centre, digest=digest_of(content)), content


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def compile_content(content: bytes) -> Centre:
    """The Centre that `content` describes, with its digest.

    Raises ConfigurationFault if it is damaged or of a later release: the remedy is the backup, or that release.
    """
    try:
        found = msgspec.json.decode(content, type=_Content)
    except msgspec.MsgspecError as error:
        told = f"contenu illisible ({error}), restaurez la sauvegarde du journal"
        raise ConfigurationFault([f"journal:1:1: configuration: {told}"]) from error
    if found.format > FORMAT:
        told = f"format {found.format} d'une version plus récente d'Allo, revenez à cette version"
        raise ConfigurationFault([f"journal:1:1: configuration: {told}"])
    return msgspec.structs.replace(found.centre, digest=digest_of(content))
