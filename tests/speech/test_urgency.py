"""Dangers and vulnerabilities: found in what people say, whole or unfinished; what only sounds like them is none.

`evaluation/danger.jsonl` and `calm.jsonl` are our own sentences, in spoken style, written before the rules; every other
one was kept apart while rules were written (`held_out`), and is what counts.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.settings import load
from runtime.settings.topics import load_examples
from speech.understand.urgency import Alarm, RuleFault, Signal, Urgencies, Watch, compiled

HERE = Path(__file__).parent / "evaluation"
CONFIG = Path(__file__).parents[2] / "config"
DANGEROUS = (
    "urgence_vitale",
    "violences_conjugales",
    "protection_enfance",
    "maltraitance_adulte",
    "hebergement_urgence",
)
"""Topics that are dangers by themselves: their examples are no calm."""


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch(load(CONFIG).settings.urgencies)


def sentences(name: str, split: str) -> list[dict[str, object]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [row for line in lines if (row := json.loads(line))["split"] == split]


@pytest.mark.parametrize("split", ["seen", "held_out"])
def test_dangers_are_heard(watch: Watch, split: str) -> None:
    rows = sentences("danger.jsonl", split)
    missed = [row["text"] for row in rows if watch.read(str(row["text"])).level > 2]
    assert len(missed) <= 0.02 * len(rows), missed


@pytest.mark.parametrize("split", ["seen", "held_out"])
def test_what_only_sounds_like_danger_is_none(watch: Watch, split: str) -> None:
    rows = sentences("calm.jsonl", split)
    alarms = [row["text"] for row in rows if watch.read(str(row["text"])).level <= 2]
    assert len(alarms) <= 0.01 * len(rows) + 1, alarms


def test_what_people_call_about_otherwise_raises_no_alarm(watch: Watch) -> None:
    """The examples of topics, which somebody else wrote; a few of them do speak of danger."""
    topics = load(CONFIG).settings.topics
    calm = [one.text for one in load_examples(CONFIG, topics) if one.label not in DANGEROUS]
    alarms = [text for text in calm if watch.read(text).level <= 2]
    assert len(calm) > 1_500
    assert len(alarms) <= 0.01 * len(calm), alarms


@pytest.mark.parametrize(
    ("said", "level", "danger"),
    [
        ("mon mari ne respire plus", 1, "vital_medical"),
        ("il est en train de me frapper", 1, "violence_en_cours"),
        ("je veux mourir", 2, "suicide"),
        ("je veux mourir j'ai avalé tous mes cachets", 1, "suicide"),
        ("je veux mourir ce soir", 1, "suicide"),
        ("mon voisin frappe ses enfants", 2, "enfant_danger"),
        ("on dort dans la voiture", 2, "rue"),
        ("je n'ai plus rien à manger", 3, ""),
        ("je voudrais savoir où en est mon dossier", 4, ""),
        ("", 4, ""),
        ("!!! ??? ...", 4, ""),
    ],
)
def test_the_gravest_counts(watch: Watch, said: str, level: int, danger: str) -> None:
    alarm = watch.read(said)
    assert (alarm.level, alarm.danger) == (level, danger)


def test_what_makes_a_person_fragile_is_told_beside_the_danger(watch: Watch) -> None:
    alarm = watch.read("je suis à la rue avec mon bébé et je n'ai plus rien à manger")
    assert (alarm.danger, alarm.vulnerable) == ("rue", ("sans_ressources",))
    assert any("rien a manger" in why for why in alarm.why)


@pytest.mark.parametrize(
    "said",
    [
        "je ne suis pas en danger",
        "personne ne me frappe",
        "il ne me tape pas",
        "j'ai fait un malaise il y a deux ans",
        "envie de mourir de rire",
        "je n'ai jamais eu d'idées noires",
    ],
)
def test_what_is_denied_past_or_in_jest_is_no_danger(watch: Watch, said: str) -> None:
    assert watch.read(said).level > 2


def test_of_an_unfinished_utterance_the_last_word_waits_for_the_next(watch: Watch) -> None:
    assert watch.read("j'ai envie de mourir", unfinished=True) == Alarm()
    assert watch.read("j'ai envie de mourir de rire", unfinished=True).level > 2
    assert watch.read("j'ai envie de mourir je", unfinished=True).danger == "suicide"
    assert watch.read("il y a le feu dans", unfinished=True).danger == "incendie_gaz"


def test_ten_minutes_of_words_are_read_as_far_as_words_are_read(watch: Watch) -> None:
    assert watch.read("je vous appelle pour mon dossier " * 2_000).level == 4
    assert watch.read("au secours " + "bla " * 5_000).level == 1


WORDS = {"lui": ("il", "mon mari")}


@pytest.mark.parametrize(
    ("rule", "said", "found"),
    [
        ("<lui> .. frapp*", "mon mari me frappait", True),
        ("<lui> .. frappe*", "mon chien aboie", False),
        ("(plus|pas) de lait", "on a plus de lait", True),
        ("(tres)? mal", "tres mal", True),
        ("(tres)? mal", "mal", True),
        ("a .. b", "a un deux trois quatre b", True),
        ("a .. b", "a un deux trois quatre cinq b", False),
        ("feu", "feutre", False),
        ("(<lui>|elle) crie", "il crie", True),
    ],
)
def test_a_rule_is_a_way_of_saying_something(rule: str, said: str, found: bool) -> None:
    signal = Signal(name="x", title="X", level=1, hear=(rule,))
    watch = Watch(Urgencies(signals={"x": signal}, words=WORDS))
    assert (watch.read(said).level == 1) is found


@pytest.mark.parametrize("rule", ["", "a (b", "<eux> part", "(a||b)", "A B", "a.*"])
def test_a_rule_that_cannot_be_read_says_so(rule: str) -> None:
    with pytest.raises(RuleFault):
        compiled(rule, WORDS)
