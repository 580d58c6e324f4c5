"""What people call about, in words: topics as they are written in the configuration, and examples of each."""

from __future__ import annotations

from typing import Literal

import msgspec

Urgency = Literal["usual", "high", "critical"]


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic: its official `title`, how it is `spoken` to a caller, the directorate (`group`) that answers for it.

    `acronyms` and `words` are what people say for it.  Of a `protected` topic nothing is learnt and nothing leaves the
    machine; one that is `outside` is not ours: the caller is told whom to ask (`guidance`, `numbers`).
    """

    name: str
    title: str
    spoken: str
    group: str
    acronyms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    urgency: Urgency = "usual"
    protected: bool = False
    outside: bool = False
    guidance: str = ""
    numbers: tuple[str, ...] = ()


class Example(msgspec.Struct, frozen=True):
    """Something that people say or write when they mean `label`."""

    text: str
    label: str


def lessons(topics: dict[str, Topic], examples: tuple[Example, ...]) -> list[Example]:
    """All that there is to learn from: the examples, and each topic's own names."""
    own = [
        Example(text, topic.name)
        for topic in topics.values()
        for text in dict.fromkeys((topic.title, topic.spoken, *topic.words, *topic.acronyms))
    ]
    return [*own, *examples]
