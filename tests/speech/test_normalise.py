"""Words as they are compared."""

from __future__ import annotations

import pytest

from speech.understand.normalise import TEXT_CHARACTERS, WORDS_MOST, folded, stem, telling, words


def test_spoken_and_written_become_the_same_words() -> None:
    acronyms = frozenset({"pmi"})
    said = words("euh j'ai reçu un courrier de la p m i", acronyms)
    assert said == words("J’ai reçu un courrier de la PMI !!", acronyms)
    assert said == ["j", "ai", "recu", "un", "courrier", "de", "la", "pmi"]


@pytest.mark.parametrize("spelt", ["a p l", "A.P.L.", "a pe elle", "A-P-L", "apl"])
def test_an_acronym_spelt_is_one_word(spelt: str) -> None:
    assert words(f"je touche l'{spelt}", frozenset({"apl", "caf"})) == ["je", "touche", "l", "apl"]


def test_names_of_letters_are_words_unless_they_spell_something() -> None:
    assert words("elle aime ce logement", frozenset({"apl"})) == ["elle", "aime", "ce", "logement"]


def test_courtesy_goes_where_enough_is_left() -> None:
    assert words("bonjour madame merci") == ["bonjour", "madame", "merci"]
    assert words("Bonjour madame, je cherche une crèche s'il vous plaît") == ["je", "cherche", "une", "creche"]


def test_negation_stays_and_long_numbers_go() -> None:
    assert words("je ne touche plus rien au 0639980001") == ["je", "ne", "touche", "plus", "rien", "au", "#"]


@pytest.mark.parametrize("nothing", ["", "  ", "???", "…", "\x00\x01", "🙂", "日本"])
def test_what_holds_no_word_gives_none(nothing: str) -> None:
    assert words(nothing) == []


def test_whatever_the_length_the_work_is_bounded() -> None:
    assert len(words("a b " * 1_000_000)) <= WORDS_MOST
    assert len(folded("é" * 1_000_000)) <= TEXT_CHARACTERS


def test_forms_of_a_word_share_their_stem() -> None:
    assert {stem(word) for word in ("demande", "demandes", "demander", "demandee")} == {"demand"}
    assert stem("caf") == "caf"
    assert telling(["je", "demande", "une", "aide"]) == ["demand", "aid"]
