"""config/dangers/*.yaml: what people say in danger, by signal of urgences.yaml, and what only sounds like it (`calme`).

Whoever watches for danger learns from them (speech/understand/fears.py); the examples of topics are calm as well,
apart from those of critical topics, which may be either.
"""

from __future__ import annotations

from typing import Final

from runtime.settings.faults import Faults
from runtime.settings.platform import Settings
from runtime.settings.topics import read_examples, read_sentences
from speech.understand.fears import CALM
from speech.understand.lookout import SAYINGS_LEAST
from speech.understand.topics import Example
from speech.understand.urgency import GRAVE

DANGERS: Final = "dangers"


def load_sayings(settings: Settings) -> tuple[Example, ...]:
    """All that there is to learn danger from; nothing where no sentence of danger is there.

    Raises ConfigurationFault with all faults of both folders.
    """
    faults = Faults()
    found = read_sayings(settings, faults)
    faults.raise_if_any()
    return found


def check_sentences(settings: Settings) -> str:
    """How many sentences there are to learn from, for people; raises ConfigurationFault with the faults of all."""
    faults = Faults()
    examples = read_examples(settings.root, settings.topics, faults)
    said = _said(settings, faults)
    faults.raise_if_any()
    dangers = sum(one.label != CALM for one in said)
    enough = min(dangers, len(said) - dangers + len(examples)) >= SAYINGS_LEAST
    few = "" if enough else f" : trop peu pour en apprendre (il en faut {SAYINGS_LEAST}), les règles décident seules"
    return f"phrases apprises : {len(examples)} de thèmes, {dangers} de danger, {len(said) - dangers} de faux amis{few}"


def read_sayings(settings: Settings, faults: Faults) -> tuple[Example, ...]:
    said = _said(settings, faults)
    if all(one.label == CALM for one in said):
        return ()
    topics = settings.topics
    usual = read_examples(settings.root, topics, faults) if topics else ()
    known = {one.text.casefold() for one in said}
    return (
        *said,
        *(
            Example(one.text, CALM)
            for one in usual
            if one.label in topics and topics[one.label].urgency != "critical" and one.text.casefold() not in known
        ),
    )


def _said(settings: Settings, faults: Faults) -> tuple[Example, ...]:
    signals = [name for name, signal in settings.urgencies.signals.items() if signal.level <= GRAVE]
    return read_sentences(settings.root, DANGERS, [*signals, CALM], "le danger", faults)
