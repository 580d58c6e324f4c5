"""A number's pseudonym."""

from __future__ import annotations

from runtime.callers import KEY_CHARACTERS, recogniser

NUMBER = "+33639980012"


def test_a_number_is_known_again_by_whoever_has_the_key() -> None:
    first, again = recogniser("une clé"), recogniser("une clé")
    assert first(NUMBER) == again(NUMBER)
    assert len(first(NUMBER)) == KEY_CHARACTERS
    assert int(first(NUMBER), 16)


def test_another_number_or_another_key_is_somebody_else() -> None:
    recognise = recogniser("une clé")
    assert recognise(NUMBER) != recognise("+33639980013")
    assert recognise(NUMBER) != recogniser("une autre")(NUMBER)


def test_nobody_has_no_pseudonym() -> None:
    assert recogniser("une clé")("") == ""


def test_nothing_of_the_number_shows() -> None:
    assert "639980012" not in recogniser("une clé")(NUMBER)
