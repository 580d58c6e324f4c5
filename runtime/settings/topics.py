"""config: what people call about (topics.yaml, beside centre.yaml) and how they say it (examples/*.yaml).

Topics are a part of centre.yaml's document and are read with it; examples are many, and only who understands needs
them: they are read apart, from one file a directorate, which holds lists of sentences by topic.  What was learnt from
agents' corrections has a file of its own (examples/appris.yaml), with who approved each sentence, and when.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final, cast

from core.centre import Topic as KnownTopic
from runtime.settings import values
from runtime.settings.crm import https
from runtime.settings.faults import Faults, Mark, meant
from runtime.settings.files import files_of
from runtime.settings.reading import Fields, words
from runtime.settings.source import Mapping, Node, Scalar, Sequence, read
from speech.engines.outside import OutsideSettings
from speech.understand.topics import Example, Topic, Urgency

EXAMPLES: Final = "examples"
# A département writes some 70; three levels of sub-topics would be 700, and nobody could tell them apart.
TOPICS_MOST: Final = 500
# Solving costs time at every start; the shipped ones are 4,000.
EXAMPLES_MOST: Final = 20_000
EXAMPLE_CHARACTERS: Final = 400
GUIDANCE_CHARACTERS: Final = 600
_URGENCIES: Final = ("usual", "high", "critical")
_NUMBER: Final = re.compile(r"[0-9][0-9 ]{1,20}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_topics(root: Fields) -> dict[str, Topic]:
    """The blocks `groups` and `topics`; without them nothing is understood, and nothing needs to be."""
    groups = root.mapping("groups", values.NAME, values.NAME_SAID) if root.node("groups", required=False) else {}
    for name, (named, node) in groups.items():
        if not isinstance(node, Scalar) or not node.text.strip():
            root.faults.add(named.mark, f"groups.{name}", "doit être le nom de la direction, en toutes lettres")
    if root.node("topics", required=False) is None:
        return {}
    declared = root.mapping("topics", values.NAME, values.NAME_SAID)
    if len(declared) > TOPICS_MOST:
        root.faults.add(root.mark_of("topics"), "topics", f"{len(declared)} thèmes, {TOPICS_MOST} au plus")
    return {
        name: _topic(name, Fields(root.faults, node, f"topics.{name}"), groups) for name, (_, node) in declared.items()
    }


def for_minds(topics: dict[str, Topic]) -> dict[str, KnownTopic]:
    """What the dialogue and the pages need to know of them: not how people say them."""
    return {
        name: KnownTopic(
            name=name, title=topic.title, spoken=topic.spoken, group=topic.group, protected=topic.protected
        )
        for name, topic in topics.items()
    }


def read_outside(root: Fields) -> OutsideSettings | None:
    """The block `outside_engine`: an administration's own language model, asked where we are unsure; None without."""
    fields = root.block("outside_engine")
    if fields is None:
        return None
    settings = OutsideSettings(
        url=fields.value("url", https, "").rstrip("/"),
        model=fields.label("model"),
        secret_env=fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID, "").text or None,
        deadline_ms=fields.duration_ms("deadline", 1_500, 100, 5_000),
        ask_below=fields.integer("ask_below", 60, 1, 100) / 100,
        personal=fields.flag("personal", False),
    )
    fields.close()
    return settings


def _topic(name: str, fields: Fields, groups: Collection[str]) -> Topic:
    group = fields.name("group", values.NAME, values.NAME_SAID)
    group.check(fields.faults, groups, "le groupe")
    topic = Topic(
        name=name,
        title=fields.label("title"),
        spoken=fields.label("spoken"),
        group=group.text,
        acronyms=tuple(_phrases(fields, "acronyms", 20)),
        words=tuple(_phrases(fields, "words", EXAMPLE_CHARACTERS)),
        urgency=cast(Urgency, fields.one_of("urgency", _URGENCIES, "usual")),
        protected=fields.flag("protected", False),
        outside=fields.flag("outside", False),
        guidance=fields.value("guidance", _guidance, "", ""),
        numbers=tuple(one.text for one in fields.names("numbers", _NUMBER, "des chiffres, entre guillemets", False)),
    )
    fields.close()
    return topic


def _guidance(text: str) -> str:
    if len(text) > GUIDANCE_CHARACTERS:
        raise values.Unfit(f"{len(text)} caractères, {GUIDANCE_CHARACTERS} au plus, raccourcissez")
    return " ".join(text.split())


def _phrases(fields: Fields, name: str, most: int) -> list[str]:
    return [_phrase(node, field, most, fields.faults) for node, field in fields.sequence(name, required=False)]


def _phrase(node: Node, field: str, most: int, faults: Faults) -> str:
    """One line that says something; a fault if it does not."""
    if not isinstance(node, Scalar):
        faults.add(node.mark, field, "doit être une phrase, mettez-la entre guillemets si elle contient « : »")
        return ""
    try:
        text = " ".join(words(node).split())
    except values.Unfit as unfit:
        faults.add(node.mark, field, str(unfit))
        return ""
    if not any(letter.isalnum() for letter in text):
        faults.add(node.mark, field, "ne dit rien, écrivez au moins un mot")
    elif len(text) > most:
        faults.add(node.mark, field, f"{len(text)} caractères, {most} au plus, raccourcissez")
    return text


def load_examples(directory: Path, topics: Collection[str]) -> tuple[Example, ...]:
    """The examples of all files of `directory`/examples; raises ConfigurationFault with all their faults."""
    faults = Faults()
    directory = directory.absolute()
    found = read_examples(directory, topics, faults)
    faults.raise_if_any()
    return found


def read_examples(directory: Path, topics: Collection[str], faults: Faults) -> tuple[Example, ...]:
    """The examples of all files; none, and no fault, where there is no such folder."""
    return read_sentences(directory, EXAMPLES, topics, "le thème", faults)


def read_sentences(
    directory: Path, folder: str, labels: Collection[str], kind: str, faults: Faults
) -> tuple[Example, ...]:
    """The sentences of all files of `folder`, by label: each of `labels`, of which one is a `kind` ("le thème")."""
    if not (directory / folder).exists():
        return ()
    found: list[Example] = []
    places: dict[str, tuple[str, Mark]] = {}
    for _, file in files_of(directory, folder, faults):
        tree = read(directory, file, faults)
        for label, (key, node) in (tree.entries if tree else {}).items():
            if label not in labels:
                faults.add(key.mark, label, f"{kind} « {label} » n'existe pas, {meant(label, labels)}")
            for text, mark in _sentences(label, node, faults):
                before = places.setdefault(text.casefold(), (label, mark))
                if before[1] != mark:
                    where = before[1].seen_from(mark)
                    what = f"cette phrase est déjà un exemple de « {before[0]} » ({where}), gardez-en une"
                    faults.add(mark, label, what)
                else:
                    found.append(Example(text, label))
    if len(found) > EXAMPLES_MOST:
        faults.add(Mark(folder), "", f"{len(found)} exemples, {EXAMPLES_MOST} au plus, gardez les plus différents")
    return tuple(found)


def _sentences(topic: str, node: Node, faults: Faults) -> list[tuple[str, Mark]]:
    if not isinstance(node, Sequence):
        faults.add(node.mark, topic, "doit être une liste de phrases, une par ligne après un tiret")
        return []
    found = []
    for at, item in enumerate(node.items):
        field = f"{topic}[{at}]"
        if isinstance(item, Mapping):
            text = _learnt(Fields(faults, item, field))
        else:
            text = _phrase(item, field, EXAMPLE_CHARACTERS, faults)
        if text:
            found.append((text, item.mark))
    return found


def _learnt(fields: Fields) -> str:
    """A sentence that was learnt: with who approved it, and when."""
    text = fields.value("text", _sentence, "")
    fields.label("by")
    fields.name("on", _DATE, "une date : 2026-11-23")
    fields.close()
    return text


def _sentence(text: str) -> str:
    if len(text) > EXAMPLE_CHARACTERS:
        raise values.Unfit(f"{len(text)} caractères, {EXAMPLE_CHARACTERS} au plus, raccourcissez")
    return " ".join(text.split())
