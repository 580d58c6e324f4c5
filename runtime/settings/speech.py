"""centre.yaml, the block of callers who speak: with which models they are heard, by how many processes, and where.

Whether a model is whole is not looked at here: a centre whose model was lost runs, and asks by keys (speech/hear.py);
`./allo doctor` says what is missing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from runtime.settings import values
from runtime.settings.platform import LOOPBACK, address
from runtime.settings.reading import Fields, words
from runtime.settings.servers import written_path
from runtime.settings.source import Scalar
from speech.fetch import Source
from speech.hear import HearSettings

TRIAL: Final = "essai"
TRIAL_MODEL: Final = Path(__file__).parents[2] / "speech" / "test_model" / "built"
WORKERS_MOST: Final = 64
_USUAL_WORKERS: Final = 4
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ARCHIVE: Final = re.compile(r"https?://[^\s@]{1,400}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.zip")


def read_speech(root: Fields, directory: Path, languages: Collection[str]) -> tuple[HearSettings, dict[str, Source]]:
    """The block `speech`, and where the model of each language is fetched from; without it nobody is heard, and
    everybody answers by keys."""
    fields = root.block("speech")
    if fields is None:
        return HearSettings(), {}
    models = _models(fields, directory, languages)
    # Half the cores recognise: the others are for Asterisk, the kernel and whatever else runs here.
    usual = max(1, min(_USUAL_WORKERS, (os.cpu_count() or 2) // 2))
    workers = fields.integer("workers", usual, 1, WORKERS_MOST)
    host, port = _listen(fields, workers)
    pause_ms = fields.duration_ms("pause", 500, 300, 3_000)
    settings = HearSettings(
        models=models,
        workers=workers,
        host=host,
        port=port,
        pause_ms=pause_ms,
        open_pause_ms=fields.duration_ms("open_pause", max(1_300, pause_ms), pause_ms, 6_000),
    )
    sources = _sources(fields)
    fields.close()
    return settings, sources


def _sources(parent: Fields) -> dict[str, Source]:
    found = {}
    for language, (named, node) in parent.mapping(
        "fetch", values.LANGUAGE, values.LANGUAGE_SAID, required=False
    ).items():
        fields = Fields(parent.faults, node, named.field)
        url = fields.value("url", _archive, "")
        sha256 = fields.name("sha256", _SHA256, "les 64 chiffres que donne sha256sum, en minuscules").text
        fields.close()
        found[language] = Source(url=url, sha256=sha256, language=language)
    return found


def _archive(written: str) -> str:
    if not _ARCHIVE.fullmatch(written):
        raise values.Unfit("n'est pas l'adresse d'une archive, écrivez https://… et finissez par .zip")
    return written


def _models(fields: Fields, directory: Path, languages: Collection[str]) -> dict[str, Path]:
    found = {}
    for language, (named, node) in fields.mapping("models", values.LANGUAGE, values.LANGUAGE_SAID).items():
        named.check(fields.faults, languages, "la langue")
        if not isinstance(node, Scalar):
            fields.faults.add(node.mark, named.field, f"doit être le dossier d'un modèle, ou {TRIAL}")
            continue
        try:
            written = written_path(words(node))
        except values.Unfit as unfit:
            fields.faults.add(node.mark, named.field, str(unfit))
            continue
        found[language] = TRIAL_MODEL if written == TRIAL else directory / Path(written).expanduser()
    return found


def _listen(parent: Fields, workers: int) -> tuple[str, int]:
    fields = parent.block("listen")
    if fields is None:
        return LOOPBACK, 0
    host = fields.value("bind", address, LOOPBACK, LOOPBACK)
    port = fields.integer("port", 0, 0, 65_535)
    if port and port + workers - 1 > 65_535:
        what = f"{port} et les {workers - 1} suivants : au plus 65535, prenez un port plus bas"
        fields.faults.add(fields.mark_of("port"), fields.at("port"), what)
    fields.close()
    return host, port
