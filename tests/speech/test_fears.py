"""Danger as it is learnt from a few sentences: found in other words, explained, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.understand.fears import CALM, NONE, WINDOW, Fears, spoken
from speech.understand.topics import Example

DANGER = ["mon mari me frappe", "mon copain me tape dessus", "ma soeur est battue par son mec", "mon père me cogne"]
FIRE = ["ma cuisine est en feu", "la maison brûle", "il y a des flammes", "le canapé a pris feu"]
QUIET = [
    "mon mari me tape sur les nerfs",
    "je frappe à votre porte",
    "je tape mon code",
    "le feu rouge est en panne",
    "un coup de fil",
    "mon rsa n'est pas tombé",
    "bonjour je voudrais un rendez-vous",
    "feu mon père avait une pension",
]


def sayings(times: int = 1) -> list[Example]:
    told = [(DANGER, "coups"), (FIRE, "feu"), (QUIET, CALM)]
    return [
        Example(f"{text} {'oui ' * more}", label) for texts, label in told for text in texts for more in range(times)
    ]


def no_rules(text: str) -> list[str]:
    return []


@pytest.fixture(scope="module")
def fears() -> Fears:
    return Fears(sayings(3), no_rules)


@pytest.mark.parametrize(
    ("said", "danger"), [("mon compagnon me gifle", "coups"), ("mon appartement est en flammes", "feu")]
)
def test_what_was_never_said_so_is_found_by_what_it_means(fears: Fears, said: str, danger: str) -> None:
    fear = fears.read(spoken(said))
    assert fear.danger == danger
    assert fear.likely > 0.5


@pytest.mark.parametrize("said", ["je tape le code de la porte", "un rendez-vous pour mon père", "un coup de fil"])
def test_what_only_sounds_like_it_is_unlikely(fears: Fears, said: str) -> None:
    assert fears.read(spoken(said)).likely < 0.5


def test_the_words_that_weighed_are_named(fears: Fears) -> None:
    assert "feu" in fears.read(spoken("bonjour madame le canapé a pris feu")).words


def test_in_a_long_text_danger_is_found_where_it_stands(fears: Fears) -> None:
    long = "bonjour je voudrais un rendez-vous " * 20 + "mon copain me tape dessus " + "un coup de fil " * 10
    assert len(spoken(long)) > 3 * WINDOW
    assert fears.read(spoken(long)).danger == "coups"


def test_dangers_that_cannot_be_meant_are_not_told(fears: Fears) -> None:
    assert fears.read(spoken("mon mari me frappe"), ["coups"]).danger == "feu"
    assert fears.read(spoken("mon mari me frappe"), ["coups"]).likely < 0.5


def test_no_words_are_no_danger(fears: Fears) -> None:
    assert fears.read([]) == NONE
    assert fears.read(spoken("euh … !?")).likely < 0.5


def test_what_was_learnt_is_read_again_to_the_bit(tmp_path: Path) -> None:
    words = spoken("mon compagnon me gifle")
    first = Fears(sayings(), no_rules, tmp_path).read(words)
    assert len(list(tmp_path.iterdir())) == 1
    assert Fears(sayings(), no_rules, tmp_path).read(words) == first


def test_what_rules_find_is_a_reason_among_others() -> None:
    said = [Example(f"xyz {at}", "coups") for at in range(20)] + [Example(f"abc {at}", CALM) for at in range(20)]
    ruled = Fears(said, lambda text: ["coups"] if "xyz" in text else [])
    assert ruled.read(["mot"], names=["coups"]).likely > ruled.read(["mot"], names=[]).likely
