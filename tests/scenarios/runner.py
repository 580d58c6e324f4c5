"""Plays a scenario: a text file whose `›` sentences are what happens, and whose other lines are what must come of it.

    # what the scenario shows, for a supervisor
    centre : petit                     one of tests/centres.py
    postes : alice, bruno              whose telephones are on when the centre opens
    messages : prêts | absents         whether speech has every prompt
    fiches : racontées | tues          whether looking for a citizen record is written down

    › 00:00.000  A appelle                                    a sentence (sentences.py): played
    › 00:00.000  CallArrived        A  appel reçu …           a fact that came in: written
                 · DialogueStarted  A  accueil …              a fact that followed: written
                 ‹ AnswerCall       A  décrocher              an order: written

`played(text)` gives the text as the code of today writes it: equal to the file, or the test fails with the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.step import EVENTS
from tests import centres
from tests.scenarios.sentences import play
from tests.scenarios.stage import Stage


@dataclass
class Scenario:
    """A file's head and sentences."""

    head: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    sentences: list[tuple[int, str]] = field(default_factory=list)


def read(text: str) -> Scenario:
    """What `text` asks for.  ValueError if it cannot be read."""
    scenario = Scenario()
    for line in text.splitlines():
        if line.startswith("› "):
            stamp, _, words = line[2:].partition("  ")
            if words.split()[0] not in EVENTS:
                scenario.sentences.append((_ms(stamp), words.strip()))
        elif not line.startswith(" ") and line.strip():
            scenario.head.append(line)
            if not line.startswith("#"):
                name, _, value = line.partition(":")
                scenario.settings[name.strip()] = value.strip()
    return scenario


def _ms(stamp: str) -> int:
    minutes, seconds = stamp.split(":")
    return int(minutes) * 60_000 + round(float(seconds) * 1000)


def staged(text: str) -> Stage:
    """The stage after the whole of `text` was played."""
    scenario = read(text)
    phones = [name.strip() for name in scenario.settings.get("postes", "").split(",") if name.strip()]
    prompts = scenario.settings.get("messages", "prêts") == "prêts"
    records = scenario.settings.get("fiches", "tues") == "racontées"
    stage = Stage(scenario.settings.get("centre", "petit"), phones, prompts=prompts, records=records)
    for at_ms, words in scenario.sentences:
        stage.run_until(centres.START_MS + at_ms)
        if words != "fin":
            stage.note(words)
        play(stage, words, stage.now_ms)
        stage.drain()
        if words == "fin":
            stage.note(words)
    return stage


def played(text: str) -> str:
    """The file that today's code makes of `text`."""
    return "\n".join([*read(text).head, "", *staged(text).table]) + "\n"
