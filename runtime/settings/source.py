"""YAML files as a small tree that knows where everything stands.

We build the tree from the parser's events and not from its constructors: nothing is instantiated, nothing recurses,
plain scalars stay as they were written (`0199001000` keeps its zero), keys met twice are seen, and aliases are bounded.

A directory is read again at every reload, mostly as it was, and reading YAML takes a thousand times longer than knowing
it again: trees are kept, and shared.  Nobody changes one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from runtime.settings.faults import Faults, Mark

# A platform of 2,000 agents writes about 250 kB.
FILE_BYTES: Final = 2_000_000
# Nodes of one file, aliases counted as often as they are used: ten times what 2,000 agents need.
NODES: Final = 400_000
# Our deepest field stands at level 7; the parser's time grows with the square of the depth.
DEPTH: Final = 16
# The configuration that is delivered has some forty files, a platform of ten départements a hundred.
KEPT: Final = 128

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_ALLOWED_FORMAT: Final = "\u200c\u200d"  # joiners: letters of some languages need them
_BLOCKS: Final = ("|", ">")

Kind = Literal["text", "integer", "flag", "nothing"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """`text` as written (NFC); `kind` is what YAML takes it for; a `block` (`|`, `>`) may hold line ends."""

    mark: Mark
    text: str
    kind: Kind
    block: bool = False


@dataclass(slots=True)
class Sequence:
    mark: Mark
    items: list[Node] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True)
class Mapping:
    mark: Mark
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    size: int = 1


Node = Scalar | Sequence | Mapping


def read(root: Path, name: str, faults: Faults) -> Mapping | None:
    """The file `name` of the directory `root` as a tree; None with at least one fault added if it cannot be one."""
    whole = Mark(name)
    try:
        if (root / name).exists() and not (root / name).is_file():
            faults.add(whole, "", "n'est pas un fichier ordinaire, remplacez-le")  # a pipe would make us wait for ever
            return None
        with (root / name).open("rb") as file:
            content = file.read(FILE_BYTES + 1)
    except FileNotFoundError:
        faults.add(whole, "", f"absent, créez-le (modèle : config/{name}) ou donnez le bon dossier")
        return None
    except OSError as error:
        faults.add(whole, "", f"illisible ({error.strerror}), vérifiez son type et ses droits")
        return None
    if len(content) > FILE_BYTES:
        faults.add(whole, "", f"dépasse {FILE_BYTES // 1_000_000} Mo, est-ce le bon fichier ?")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mark = _mark_at(name, content[: error.start].decode("utf-8", "replace"))
        faults.add(mark, "", f"octet 0x{content[error.start]:02x} hors UTF-8, enregistrez le fichier en UTF-8")
        return None
    return parse(name, text, faults)


def parse(name: str, text: str, faults: Faults) -> Mapping | None:
    """The tree of `text`, the content of the file `name`; None with a fault added if there is none."""
    root, found = _parsed(name, text)
    faults.take(found)
    return root


@lru_cache(maxsize=KEPT)
def _parsed(name: str, text: str) -> tuple[Mapping | None, Faults]:
    faults = Faults()
    return _tree(name, text, faults), faults


def _tree(name: str, text: str, faults: Faults) -> Mapping | None:
    builder = _Builder(name, faults)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if not builder.take(event):
                return None
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(name, at.line + 1, at.column + 1) if at else Mark(name)
        faults.add(mark, "", f"YAML incorrect ({_first_line(error.problem)}), {_syntax_remedy(text, mark)}")
        return None
    except ReaderError as error:
        found = text[error.position : error.position + 1]
        mark = _mark_at(name, text[: error.position])
        faults.add(mark, "", f"caractère interdit U+{ord(found or chr(0)):04X}, supprimez-le")
        return None
    except (YAMLError, ValueError, AssertionError, RecursionError, IndexError) as error:
        # The parser's own faults: it checks some directives and escapes with bare Python errors.
        faults.add(Mark(name), "", f"YAML incorrect ({_first_line(str(error))}), simplifiez le fichier")
        return None
    root = builder.root
    if root is None:
        if not len(faults):
            faults.add(Mark(name), "", "vide, écrivez-y les champs attendus")
        return None
    if not isinstance(root, Mapping):
        faults.add(root.mark, "", "doit contenir des champs « nom: valeur »")
        return None
    return root


def _mark_at(name: str, before: str) -> Mark:
    return Mark(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _first_line(problem: str | None) -> str:
    return " ".join((problem or "sans précision").split())[:120]


def _syntax_remedy(text: str, mark: Mark) -> str:
    lines = text.split("\n")
    line = lines[mark.line - 1].strip() if mark.line <= len(lines) else ""
    if line.startswith("*"):
        return 'écrivez le code entre guillemets ("*10")'
    if "\t" in line:
        return "remplacez les tabulations par des espaces"
    return "vérifiez les deux-points, l'alignement et les guillemets"


class _Builder:
    """Makes the tree from events; `take` says False when going on makes no sense."""

    def __init__(self, name: str, faults: Faults) -> None:
        self.root: Node | None = None
        self._name = name
        self._faults = faults
        self._open: list[tuple[Sequence | Mapping, str | None]] = []
        self._keys: list[Scalar | None] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0
        self._nodes = 0

    def take(self, event: object) -> bool:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            return self._begin(event)
        if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            return self._end()
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                return self._stop(event, "un seul document par fichier, supprimez « --- » et la suite")
        return True

    def _mark(self, event: object) -> Mark:
        at = getattr(event, "start_mark", None)
        return Mark(self._name, at.line + 1, at.column + 1) if at else Mark(self._name)

    def _stop(self, event: object, what: str) -> bool:
        self._faults.add(self._mark(event), self._path(), what)
        return False

    def _path(self) -> str:
        return ".".join(key.text for key in self._keys if key is not None)

    def _scalar(self, event: ScalarEvent) -> bool:
        mark = self._mark(event)
        text = unicodedata.normalize("NFC", event.value)
        plain = event.style is None or event.style == ""
        block = event.style in _BLOCKS
        if event.tag not in (None, "", "!", "tag:yaml.org,2002:str"):
            self._faults.add(mark, self._path(), f"étiquette YAML « {event.tag} » inconnue, supprimez-la")
        kind = _kind(text) if plain and event.tag in (None, "") else "text"
        bad = next((letter for letter in text if not _allowed(letter, block)), None)
        if bad is not None:
            what = f"caractère de contrôle interdit U+{ord(bad):04X}, supprimez-le"
            self._faults.add(mark, self._path(), what)
            text = "".join(letter for letter in text if _allowed(letter, block))
        return self._attach(event, Scalar(mark, text, kind, block), event.anchor)

    def _begin(self, event: MappingStartEvent | SequenceStartEvent) -> bool:
        if len(self._open) >= DEPTH:
            return self._stop(event, f"plus de {DEPTH} niveaux imbriqués, simplifiez")
        if event.tag not in (None, "", "!"):
            self._faults.add(self._mark(event), self._path(), f"étiquette YAML « {event.tag} » inconnue, supprimez-la")
        mark = self._mark(event)
        if self._awaits_key():
            return self._stop(event, "une clé doit être un mot simple, mettez-la entre guillemets")
        node: Sequence | Mapping = Mapping(mark) if isinstance(event, MappingStartEvent) else Sequence(mark)
        self._open.append((node, event.anchor))
        self._keys.append(None)
        return True

    def _end(self) -> bool:
        node, anchor = self._open.pop()
        self._keys.pop()
        return self._attach(node, node, anchor)

    def _alias(self, event: AliasEvent) -> bool:
        node = self._anchors.get(event.anchor)
        if node is None:
            what = f"l'alias « *{event.anchor.rstrip(':')} » n'est défini nulle part avant"
            return self._stop(event, what + ' (un code s\'écrit entre guillemets : "*10")')
        return self._attach(event, node, None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], Mapping) and self._keys[-1] is None

    def _attach(self, at: object, node: Node, anchor: str | None) -> bool:
        """Puts a finished node where it belongs: the root, an item, a key or a value."""
        size = 1 if isinstance(node, Scalar) else node.size
        self._nodes += 1 if isinstance(at, (Sequence, Mapping)) else size
        if self._nodes > NODES:
            return self._stop(at, f"plus de {NODES} éléments, alias compris : réduisez les alias")
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return True
        parent = self._open[-1][0]
        parent.size += size
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif self._keys[-1] is None:
            if not isinstance(node, Scalar):
                return self._stop(at, "une clé doit être un mot simple")
            self._keys[-1] = node
        else:
            self._put(parent, self._keys[-1], node)
            self._keys[-1] = None
        return True

    def _put(self, parent: Mapping, key: Scalar, node: Node) -> None:
        first = parent.entries.get(key.text)
        if first is None:
            parent.entries[key.text] = (key, node)
            return
        what = f"écrit deux fois (déjà ligne {first[0].mark.line}), gardez-en un"
        self._faults.add(key.mark, self._path(), what)


def _kind(text: str) -> Kind:
    if text in _NULL:
        return "nothing"
    if text in _TRUE or text in _FALSE:
        return "flag"
    return "integer" if _INTEGER.fullmatch(text) else "text"


def _allowed(letter: str, block: bool) -> bool:
    """Whether a value may hold `letter`: no control, no invisible format, no half character; line ends in blocks."""
    if " " <= letter <= "~":
        return True
    if letter == "\n":
        return block
    category = unicodedata.category(letter)
    return category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or letter in _ALLOWED_FORMAT
