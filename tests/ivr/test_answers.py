"""Short answers of people, as recognisers write them."""

from __future__ import annotations

import pytest

from ivr.answers import Answer, answer, expected, request


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("oui", "yes"),
        ("ouais c'est ça", "yes"),
        ("voilà exactement", "yes"),
        ("D'accord.", "yes"),
        ("tout à fait", "yes"),
        ("non", "no"),
        ("non c'est pas ça", "no"),
        ("pas du tout", "no"),
        ("ni l'un ni l'autre", "no"),
        ("le premier", "first"),
        ("la première s'il vous plaît", "first"),
        ("la deuxième", "second"),
        ("le dernier", "second"),
        ("un conseiller", "person"),
        ("je veux parler à quelqu'un", "person"),
        ("je voudrais parler à une vraie personne s'il vous plaît madame", "person"),
        ("répétez", "again"),
        ("pardon j'ai pas entendu", "again"),
        ("", None),
        ("je vous appelle parce que ma mère ne peut plus rester seule à la maison", None),
        ("c'est pour ma demande de logement", None),
    ],
)
def test_what_is_meant(words: str, meant: Answer | None) -> None:
    assert answer(words, "fr") == meant


def test_no_is_heard_before_yes() -> None:
    assert answer("oui non pas ça", "fr") == "no"


def test_who_says_what_it_is_about_is_not_taken_for_asking_for_a_person() -> None:
    said = "mon conseiller m'a dit que mon dossier de surendettement était bloqué depuis le mois de mars"
    assert request(said, "fr") is None


def test_yes_and_no_are_no_requests() -> None:
    assert request("oui", "fr") is None
    assert request("non", "fr") is None


def test_a_language_without_answers_has_none() -> None:
    assert answer("yes", "tlh") is None
    assert expected("tlh") == ()
    assert "oui" in expected("fr")
