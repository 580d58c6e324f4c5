"""Rules and what was learnt, together, on sentences that neither has seen.

`*_strangers.jsonl` was written before anything was measured on it, by somebody who did not write the rules.  Its half
`first` was looked at and is among config/dangers now; `last` was measured three times, each when all was done: it
bounds what may be claimed (docs/understanding.md), and nothing may be mended by it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.settings import load
from runtime.settings.dangers import load_sayings
from speech.understand.lookout import LIKELY, SAYINGS_LEAST, TO_ASK, Lookout
from speech.understand.topics import Example
from speech.understand.urgency import Signal, Urgencies, Watch

HERE = Path(__file__).parent / "evaluation"
SETTINGS = load(Path(__file__).parents[2] / "config").settings


@pytest.fixture(scope="module")
def lookout(tmp_path_factory: pytest.TempPathFactory) -> Lookout:
    """Learnt once by all processes of a run, and by the next runs."""
    kept = tmp_path_factory.getbasetemp().parent / "understanding"
    return Lookout(SETTINGS.urgencies, load_sayings(SETTINGS), kept)


def sentences(name: str, split: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [str(row["text"]) for line in lines if (row := json.loads(line))["split"] == split]


def alarms(lookout: Lookout | Watch, texts: list[str]) -> list[str]:
    return [text for text in texts if lookout.read(text).level <= 2]


def sooner(lookout: Lookout, texts: list[str]) -> list[str]:
    """Those whose danger is told, or asked about."""
    return [text for text in texts if (alarm := lookout.read(text)).level <= 2 or TO_ASK in alarm.vulnerable]


def test_strangers_in_danger_are_heard_twice_as_often_as_by_rules(lookout: Lookout) -> None:
    texts = sentences("danger_strangers.jsonl", "last")
    found = alarms(lookout, texts)
    assert len(found) >= 0.89 * len(texts)
    assert len(found) > 2 * len(alarms(Watch(SETTINGS.urgencies), texts))


def test_false_friends_of_strangers_are_no_more_than_with_rules(lookout: Lookout) -> None:
    texts = sentences("calm_strangers.jsonl", "last")
    assert len(alarms(lookout, texts)) <= 0.04 * len(texts)
    assert len(sooner(lookout, texts)) <= 0.15 * len(texts)


def test_hardly_a_stranger_in_danger_reaches_neither_help_nor_a_person_sooner(lookout: Lookout) -> None:
    texts = sentences("danger_strangers.jsonl", "last")
    assert len(sooner(lookout, texts)) >= 0.96 * len(texts)


def test_what_rules_found_before_is_found(lookout: Lookout) -> None:
    for split in ("seen", "held_out"):
        texts = sentences("danger.jsonl", split)
        assert len(alarms(lookout, texts)) >= 0.98 * len(texts)
        calm = sentences("calm.jsonl", split)
        assert len(alarms(lookout, calm)) <= 0.04 * len(calm)


def test_what_is_held_out_teaches_nothing() -> None:
    held_out = {
        text.casefold()
        for name in ("danger", "calm")
        for file, split in ((f"{name}.jsonl", "held_out"), (f"{name}_strangers.jsonl", "last"))
        for text in sentences(file, split)
    }
    assert len(held_out) > 500
    by_chance = ["l'accueil s'il vous plaît"]  # an example of a topic, and what everybody says
    assert [one.text for one in load_sayings(SETTINGS) if one.text.casefold() in held_out] == by_chance


def test_what_was_learnt_tells_its_words_and_how_sure_it_is(lookout: Lookout) -> None:
    alarm = lookout.read("on nous a virés du gymnase la petite et moi on va passer la nuit sur un banc")
    assert (alarm.level, alarm.danger) == (2, "rue")
    assert LIKELY <= alarm.sure <= 1
    assert alarm.why


@pytest.mark.parametrize(
    "said",
    [
        "zéro six trente-neuf quatre-vingt dix-huit quarante-deux quatre-vingt-un",
        "je suis né le quatre mars mille neuf cent quatre-vingt-deux",
        "mon père a quatre-vingt-quatre ans",
        "b comme bernard e r",
        "mes enfants",
        "ma grand-mère",
    ],
)
def test_answers_to_what_is_asked_are_no_danger(lookout: Lookout, said: str) -> None:
    assert lookout.read(said).level == 4


def test_what_people_call_about_otherwise_raises_hardly_any_alarm(lookout: Lookout) -> None:
    """Utterances of topics that are no danger by themselves, never learnt from: 1 false alarm of some 250."""
    grave = {name for name, topic in SETTINGS.topics.items() if topic.urgency == "critical"}
    texts = [
        str(row["text"])
        for name in ("topics_spoken", "topics_formal", "out_of_scope")
        for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        if (row := json.loads(line)).get("label") not in grave
    ]
    assert len(texts) > 200
    assert len(alarms(lookout, texts)) <= 0.01 * len(texts)


def test_while_they_speak_a_few_words_are_not_judged(lookout: Lookout) -> None:
    assert lookout.read("ma fille est", unfinished=True).level == 4
    assert lookout.read("au secours il me frappe il me frappe encore", unfinished=True).level == 1


def test_what_makes_fragile_is_told_beside(lookout: Lookout) -> None:
    alarm = lookout.read("je n'ai plus rien à manger")
    assert (alarm.level, alarm.danger, alarm.vulnerable) == (3, "", ("sans_ressources",))


def test_a_doubt_brings_a_person_sooner_and_no_message_of_emergency() -> None:
    signals = {**RULES.signals, TO_ASK: Signal(name=TO_ASK, title="À demander", level=3, hear=("en danger",))}
    doubtful = [
        Example(f"{what} numéro {at}", label)
        for at in range(SAYINGS_LEAST)
        for what, label in (("le feu a pris chez", "feu"), ("la fumée monte ici", "feu" if at % 3 == 0 else "calme"))
    ]
    calm = [Example(f"le feu rouge numéro {at}", "calme") for at in range(SAYINGS_LEAST)]
    asks = Lookout(Urgencies(signals=signals), [*doubtful, *calm])
    alarm = asks.read("la fumée monte ici")
    assert (alarm.level, alarm.danger, alarm.vulnerable) == (3, "", (TO_ASK,))
    assert alarm.why
    assert asks.read("la fumée monte ici et", unfinished=True).level == 4
    assert Lookout(RULES, [*doubtful, *calm]).read("la fumée monte ici").level == 4


# -- without shipped sentences --------------------------------------------------------------------------------------

RULES = Urgencies(
    signals={
        "feu": Signal(name="feu", title="Feu", level=1, hear=("feu",), now=True),
        "crue": Signal(name="crue", title="Crue", level=2, hear=("inondation",), worse=("maintenant",)),
    },
    past=("hier",),
)


def taught(many: int = SAYINGS_LEAST) -> Lookout:
    return Lookout(
        RULES,
        [Example(f"le feu a pris chez {at}", "feu") for at in range(many)]
        + [Example(f"le feu rouge numéro {at}", "calme") for at in range(many)],
    )


def test_from_too_few_sentences_nothing_is_learnt() -> None:
    assert taught(SAYINGS_LEAST - 1).read("le feu rouge numéro 5").level == 1


def test_a_false_friend_that_a_rule_does_not_know_is_known_by_what_was_learnt() -> None:
    assert taught().read("le feu rouge numéro 5").level == 4
    assert taught().read("le feu a pris chez 5").level == 1


def test_of_a_signal_without_sentences_its_rules_decide() -> None:
    assert taught().read("inondation numéro rouge").danger == "crue"
    assert taught().read("inondation rouge et le feu rouge numéro 5").danger == "crue"


def test_what_is_past_is_no_danger_by_either() -> None:
    assert taught().read("le feu a pris chez 5 hier").level == 4
