"""Fields of a mapping, read one after the other with their types; what nobody asked for is unknown.

A reader never stops at a fault: it tells it and gives a harmless stand-in, so that one run finds every fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from runtime.settings import values
from runtime.settings.faults import Faults, Mark, meant
from runtime.settings.source import Mapping, Node, Scalar, Sequence

T = TypeVar("T")

# A word beside a name on a screen or a telephone; AMI cuts at 900 bytes.
LABEL_CHARACTERS: Final = 80
_SECRETS: Final = re.compile(r"(secret|password|passwd|mot_de_passe|token|api_key)$")
_SAID: Final = {"text": "un texte", "integer": "un nombre", "flag": "un oui/non (true, false)", "nothing": "rien"}


class Named:
    """A name written somewhere, with its place, until we know whether it exists."""

    __slots__ = ("field", "mark", "text")

    def __init__(self, text: str, mark: Mark, field: str) -> None:
        self.text = text
        self.mark = mark
        self.field = field

    def check(self, faults: Faults, known: Iterable[str], what: str) -> None:
        """Adds a fault unless `known` holds the name; an empty name was told already."""
        names = list(known)
        if self.text and self.text not in names:
            faults.add(self.mark, self.field, f"{what} « {self.text} » n'existe pas, {meant(self.text, names)}")


class Fields:
    """The fields of `node`, standing at `path` of the configuration."""

    def __init__(self, faults: Faults, node: Node, path: str) -> None:
        self.faults = faults
        self.path = path
        self.mark = node.mark
        self._asked: set[str] = set()
        self._entries: dict[str, tuple[Scalar, Node]] = {}
        if isinstance(node, Mapping):
            self._entries = node.entries
        else:
            faults.add(node.mark, path, f"doit contenir des champs « nom: valeur », pas {said(node)}")
        self._is_mapping = isinstance(node, Mapping)

    def at(self, name: str) -> str:
        """The full name of the field `name`."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        return name in self._entries

    def mark_of(self, name: str) -> Mark:
        """Where the field `name` has its value; where the mapping begins if it is not there."""
        return self._entries[name][1].mark if name in self._entries else self.mark

    def node(self, name: str, required: bool = True) -> Node | None:
        """The value of the field `name` as it is; None with a fault when `required` and missing."""
        self._asked.add(name)
        entry = self._entries.get(name)
        if entry is None:
            if required and self._is_mapping:
                self.faults.add(self.mark, self.at(name), "manque, ajoutez-le")
            return None
        if isinstance(entry[1], Scalar) and entry[1].kind == "nothing":
            if required:
                self.faults.add(entry[1].mark, self.at(name), "est vide, donnez une valeur")
            return None
        return entry[1]

    def block(self, name: str) -> Fields | None:
        """The fields of the mapping `name`; None when it is not there."""
        node = self.node(name, required=False)
        return None if node is None else Fields(self.faults, node, self.at(name))

    def close(self) -> None:
        """Tells every field that nobody asked for."""
        for name, (key, _) in self._entries.items():
            if name in self._asked:
                continue
            if _SECRETS.search(name):
                what = "un secret ne s'écrit jamais ici, donnez le nom d'une variable d'environnement dans secret_env"
            else:
                what = f"champ inconnu, {meant(name, self._asked)}"
            self.faults.add(key.mark, self.at(name), what)

    # Single values.

    def _read(self, name: str, default: T | None, stand_in: T, make: Callable[[Scalar], T]) -> T:
        node = self.node(name, required=default is None)
        if node is None:
            return stand_in if default is None else default
        if not isinstance(node, Scalar):
            self.faults.add(node.mark, self.at(name), f"doit être une seule valeur, pas {said(node)}")
            return stand_in
        try:
            return make(node)
        except values.Unfit as unfit:
            self.faults.add(node.mark, self.at(name), str(unfit))
            return stand_in

    def label(self, name: str, default: str | None = None) -> str:
        """A short text for people: one line, not empty."""
        return self._read(name, default, "", _label)

    def name(self, name: str, form: re.Pattern[str], said_form: str, default: str | None = None) -> Named:
        """A name of the given form, with its place."""
        text = self._read(name, default, "", lambda node: fitting(node, form, said_form))
        return Named(text, self.mark_of(name), self.at(name))

    def integer(self, name: str, default: int | None, least: int, most: int) -> int:
        return self._read(name, default, least, lambda node: _integer(node, least, most))

    def flag(self, name: str, default: bool | None) -> bool:
        return self._read(name, default, False, _flag)

    def duration_ms(self, name: str, default_ms: int | None, least_ms: int, most_ms: int) -> int:
        """A duration such as 20s, in milliseconds."""
        return self._read(name, default_ms, least_ms, lambda node: values.duration_ms(node.text, least_ms, most_ms))

    def one_of(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        return self._read(name, default, options[0], lambda node: _option(node, options))

    def value(self, name: str, make: Callable[[str], T], stand_in: T, default: T | None = None) -> T:
        """A value that `make` reads from its text, raising Unfit."""
        return self._read(name, default, stand_in, lambda node: make(words(node)))

    # Several values.

    def sequence(self, name: str, required: bool = True) -> list[tuple[Scalar, str]]:
        """The single values of a list, each with its full name; a list of one may be written without brackets."""
        node = self.node(name, required)
        if node is None:
            return []
        if isinstance(node, Scalar):
            return [(node, self.at(name))]
        if isinstance(node, Mapping):
            self.faults.add(node.mark, self.at(name), "doit être une liste [a, b], pas des champs")
            return []
        if required and not node.items:
            self.faults.add(node.mark, self.at(name), "est une liste vide, ajoutez un élément")
        return list(self._items(node, name))

    def _items(self, node: Sequence, name: str) -> Iterator[tuple[Scalar, str]]:
        for index, item in enumerate(node.items):
            field = f"{self.at(name)}[{index}]"
            if isinstance(item, Scalar):
                yield item, field
            else:
                self.faults.add(item.mark, field, f"doit être une seule valeur, pas {said(item)}")

    def names(self, name: str, form: re.Pattern[str], said_form: str, required: bool = True) -> list[Named]:
        """A list of names, each once."""
        found: list[Named] = []
        for item, field in self.sequence(name, required):
            try:
                text = fitting(item, form, said_form)
            except values.Unfit as unfit:
                self.faults.add(item.mark, field, str(unfit))
                continue
            if any(earlier.text == text for earlier in found):
                self.faults.add(item.mark, field, f"« {text} » est deux fois dans la liste, gardez-en un")
                continue
            found.append(Named(text, item.mark, field))
        return found

    def mapping(
        self, name: str, form: re.Pattern[str], said_form: str, required: bool = True
    ) -> dict[str, tuple[Named, Node]]:
        """Sub-fields whose names the integrator chooses, in the order of the file."""
        node = self.node(name, required)
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.faults.add(node.mark, self.at(name), f"doit contenir des champs « nom: valeur », pas {said(node)}")
            return {}
        if required and not node.entries:
            self.faults.add(node.mark, self.at(name), "est vide, déclarez-en au moins un")
        found: dict[str, tuple[Named, Node]] = {}
        for key, (scalar, value) in node.entries.items():
            field = f"{self.at(name)}.{key}"
            if not form.fullmatch(key):
                self.faults.add(scalar.mark, field, f"nom incorrect, attendu : {said_form}")
                continue
            found[key] = (Named(key, scalar.mark, field), value)
        return found


def said(node: Node) -> str:
    """What a node is, for people."""
    if isinstance(node, Sequence):
        return "une liste"
    return "des champs" if isinstance(node, Mapping) else _SAID[node.kind]


def words(node: Scalar) -> str:
    """The text of a value; a number counts as its digits, for `phone: 1001` means what it says."""
    if node.kind in ("flag", "nothing"):
        raise values.Unfit(f"doit être un texte, pas {_SAID[node.kind]}, mettez-le entre guillemets")
    return node.text


def fitting(node: Scalar, form: re.Pattern[str], said_form: str) -> str:
    text = words(node)
    if not form.fullmatch(text):
        raise values.Unfit(f"« {text[:40]} » incorrect, attendu : {said_form}")
    return text


def _label(node: Scalar) -> str:
    text = words(node)
    if "\n" in text:
        raise values.Unfit("doit tenir sur une ligne, supprimez le retour à la ligne")
    if not text.strip():
        raise values.Unfit("est vide, donnez une valeur")
    if len(text) > LABEL_CHARACTERS:
        raise values.Unfit(f"{len(text)} caractères, {LABEL_CHARACTERS} au plus, raccourcissez")
    return text.strip()


def _integer(node: Scalar, least: int, most: int) -> int:
    if node.kind != "integer" or len(node.text) > 18:
        raise values.Unfit(f"« {node.text[:40]} » n'est pas un nombre entier, attendu de {least} à {most}")
    value = int(node.text)
    if not least <= value <= most:
        raise values.Unfit(f"{value} hors limites, de {least} à {most}")
    return value


def _flag(node: Scalar) -> bool:
    if node.kind != "flag":
        raise values.Unfit(f"« {node.text[:40]} » : écrivez true (oui) ou false (non)")
    return node.text.lower() == "true"


def _option(node: Scalar, options: tuple[str, ...]) -> str:
    if node.text not in options:
        raise values.Unfit(f"« {node.text[:40]} » n'est pas prévu, {meant(node.text, options)}")
    return node.text
