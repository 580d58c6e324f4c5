"""config/examples/appris.yaml: sentences that were learnt from agents' corrections, who agreed to each, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import msgspec

from runtime.settings.faults import Faults
from runtime.settings.source import Mapping, Scalar, read
from runtime.settings.source import Sequence as Listed
from runtime.settings.topics import EXAMPLES, read_examples

LEARNT: Final = f"{EXAMPLES}/appris.yaml"
_HEAD: Final = (
    "# Appris des corrections des agents : ./allo understand improve. Sans nom ni numéro, chaque phrase approuvée.\n"
)


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that is an example of `topic`, because `by` agreed to it `on` a day (2026-11-23)."""

    text: str
    topic: str
    by: str
    on: str


def add_learnt(directory: Path, added: Sequence[Learnt], topics: Collection[str]) -> int:
    """Writes them behind those that are there, whole or not at all; how many were new.

    Raises ConfigurationFault where the examples have faults, before anything is written.
    """
    faults = Faults()
    directory = directory.absolute()
    known = read_examples(directory, topics, faults)
    tree = read(directory, LEARNT, faults) if (directory / LEARNT).exists() else None
    faults.raise_if_any()
    before = {example.text.casefold() for example in known}
    fresh: dict[str, Learnt] = {}
    for one in added:
        if one.topic in topics and one.text.casefold() not in before:
            fresh.setdefault(one.text.casefold(), one)
    if fresh:
        _write(directory / LEARNT, [*_kept(tree), *fresh.values()])
    return len(fresh)


def _kept(tree: Mapping | None) -> list[Learnt]:
    found = []
    for topic, (_, node) in (tree.entries if tree else {}).items():
        for item in node.items if isinstance(node, Listed) else ():
            if isinstance(item, Mapping):
                said = {name: value.text for name, (_, value) in item.entries.items() if isinstance(value, Scalar)}
                found.append(Learnt(text=said["text"], topic=topic, by=said["by"], on=said["on"]))
    return found


def _write(file: Path, learnt: Sequence[Learnt]) -> None:
    by_topic: dict[str, list[Learnt]] = {}
    for one in learnt:
        by_topic.setdefault(one.topic, []).append(one)
    lines = [_HEAD]
    for topic, ones in by_topic.items():
        lines.append(f"\n{topic}:\n")
        lines += [f"  - {{text: {_quoted(one.text)}, by: {_quoted(one.by)}, on: {one.on}}}\n" for one in ones]
    unfinished = file.with_suffix(".new")
    file.parent.mkdir(exist_ok=True)
    unfinished.write_text("".join(lines), encoding="utf-8")
    unfinished.replace(file)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
