"""A recogniser's model on disk: whether it is whole, its sample rate, its words, and whether it is only for trials.

Read before Vosk is asked to load it, because Vosk says no more than "Failed to create a model", and words of a grammar
that a model does not know it leaves out without a word.  Both of Vosk's layouts are known: `am/`, `conf/`, `graph/`,
and the older one with everything in one folder.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from core.errors import AlloError

# Beside the model's own files: who made it, and whether it is for trials only.
MARK: Final = "allo-model.json"
# Kaldi's own, when the model says nothing.
_RATE_UNLESS_SAID: Final = 16_000
_RATES: Final = (8_000, 16_000)
_MODEL_STARTS: Final = (b"\0B", b"<Tr")
_AUTOMATON: Final = 2_125_659_606
_TABLE: Final = 2_125_658_996
_HAS_INPUTS, _HAS_OUTPUTS = 1, 2
# The largest public French model has 2 GB of graphs; its words are a few MB at the beginning or in words.txt.
_WORDS_MOST: Final = 3_000_000


class BadModel(AlloError):
    """The directory holds no usable model; the message is French and says what to do."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """allo-model.json; a model without one was put there by hand."""

    title: str = ""
    language: str = "fr"
    test: bool = False
    source: str = ""
    sha256: str = ""


class InstalledModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that Vosk can load from `path`, and the rate in Hz at which it must be given sound."""

    path: Path
    rate_hz: int
    words: frozenset[str]
    mark: Mark
    takes_grammar: bool

    @property
    def title(self) -> str:
        """What pages and figures call it."""
        return self.mark.title or self.path.name

    def unknown(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The words of `texts` that it can never hear, in their order, each once."""
        return tuple(dict.fromkeys(word for text in texts for word in text.split() if word not in self.words))


def read_model(directory: Path) -> InstalledModel:
    """The model in `directory`, looked at without loading it.  Raises BadModel."""
    if not directory.is_dir():
        raise BadModel(f"le modèle de reconnaissance {directory} n'existe pas : ./allo speech fetch l'installe")
    flat = (directory / "final.mdl").exists()
    acoustic, setting = ("final.mdl", "mfcc.conf") if flat else ("am/final.mdl", "conf/mfcc.conf")
    graph = directory if flat else directory / "graph"
    try:
        if not _begins(directory / acoustic, 3).startswith(_MODEL_STARTS):
            raise BadModel(_broken(directory, f"{acoustic} n'est pas un modèle de Kaldi"))
        if not flat:
            _begins(directory / "conf/model.conf", 1)
        whole = (graph / "HCLG.fst").exists()
        for name in ("HCLG.fst",) if whole else ("HCLr.fst", "Gr.fst"):
            if _begins(graph / name, 4) != struct.pack("<i", _AUTOMATON):
                raise BadModel(_broken(directory, f"{name} n'est pas un automate d'OpenFst"))
        return InstalledModel(
            path=directory,
            rate_hz=_rate(directory, (directory / setting).read_text(encoding="utf-8")),
            words=_words(graph),
            mark=_mark(directory),
            takes_grammar=not whole,
        )
    except FileNotFoundError as missing:
        absent = Path(missing.filename).relative_to(directory)
        raise BadModel(_broken(directory, f"il manque {absent}")) from missing
    except (OSError, UnicodeDecodeError, struct.error) as error:
        raise BadModel(_broken(directory, f"illisible ({error})")) from error


def write_mark(directory: Path, mark: Mark) -> None:
    (directory / MARK).write_bytes(msgspec.json.format(msgspec.json.encode(mark), indent=2) + b"\n")


def _broken(directory: Path, what: str) -> str:
    return f"le modèle de reconnaissance {directory} est incomplet ou abîmé, {what} : ./allo speech fetch le remet"


def _begins(file: Path, count: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(count)


def _rate(directory: Path, setting: str) -> int:
    found = re.search(r"^\s*--sample-frequency\s*=\s*([0-9.]+)", setting, re.MULTILINE)
    rate = int(float(found[1])) if found else _RATE_UNLESS_SAID
    if rate not in _RATES:
        raise BadModel(_broken(directory, f"sa fréquence est de {rate} Hz, 8000 ou 16000 sont attendus"))
    return rate


def _mark(directory: Path) -> Mark:
    try:
        return msgspec.json.decode((directory / MARK).read_bytes(), type=Mark)
    except FileNotFoundError:
        return Mark()
    except msgspec.MsgspecError as error:
        raise BadModel(_broken(directory, f"{MARK} est illisible ({error})")) from error


def _words(graph: Path) -> frozenset[str]:
    """words.txt where there is one, else the table that Gr.fst begins with."""
    file = graph / "words.txt"
    if file.exists():
        lines = file.read_text(encoding="utf-8").splitlines()
        return frozenset(line.split()[0] for line in lines if line.strip())
    with (graph / "Gr.fst").open("rb") as opened:
        head = opened.read(_WORDS_MOST * 16)
    at = 4
    for _ in range(2):  # its kind, its kind of arcs
        at += 4 + struct.unpack_from("<i", head, at)[0]
    flags = struct.unpack_from("<i", head, at + 4)[0]
    at += 40  # version, flags, properties, start, states, arcs
    if flags & _HAS_INPUTS:
        _, at = _table(head, at)
    words = _table(head, at)[0] if flags & _HAS_OUTPUTS else []
    return frozenset(words)


def _table(content: bytes, at: int) -> tuple[list[str], int]:
    """OpenFst's table of symbols that begins at `at`, and where it ends."""
    magic, length = struct.unpack_from("<ii", content, at)
    if magic != _TABLE:
        raise struct.error("no table of words")
    at += 8 + length
    count = struct.unpack_from("<q", content, at + 8)[0]
    at += 16
    words = []
    for _ in range(min(count, _WORDS_MOST)):
        length = struct.unpack_from("<i", content, at)[0]
        words.append(content[at + 4 : at + 4 + length].decode("utf-8"))
        at += 12 + length
    return words, at
