"""No digit of a number of social security is kept, however it is written or said; the rest stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.understand.nir import HIDDEN, masked
from speech.understand.numerals import below_hundred, in_pairs


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, ...]:
    """A NIR in its parts: sex, year, month, département, commune, order, key."""
    return (
        draw(st.sampled_from("12")),
        f"{draw(st.integers(0, 99)):02}",
        f"{draw(st.integers(1, 12)):02}",
        draw(st.sampled_from([*(f"{n:02}" for n in range(1, 96)), "97", "99", "2A", "2B"])),
        f"{draw(st.integers(1, 990)):03}",
        f"{draw(st.integers(1, 999)):03}",
        f"{draw(st.integers(1, 97)):02}",
    )


def said(part: str) -> str:
    if part[-1:] in "AB":
        return f"deux {part[-1].lower()}"
    if len(part) == 3:
        return " ".join(below_hundred(int(digit)) for digit in part)
    return in_pairs(part) if len(part) == 2 else below_hundred(int(part))


@given(numbers(), st.booleans(), st.sampled_from(["", " ", "-", ".", " euh "]))
def test_written_it_is_hidden_and_the_rest_stays(parts: tuple[str, ...], key: bool, between: str) -> None:
    nir = between.join(parts if key else parts[:-1])
    assert masked(f"Bonjour, {nir}, pour ma carte") == f"Bonjour, {HIDDEN}, pour ma carte"


@given(numbers(), st.booleans(), st.sampled_from([" ", " euh ", " et puis "]))
def test_said_it_is_hidden_and_the_rest_stays(parts: tuple[str, ...], key: bool, between: str) -> None:
    nir = between.join(said(part) for part in (parts if key else parts[:-1]))
    assert masked(f"bonjour {nir} pour ma carte") == f"bonjour {HIDDEN} pour ma carte"


@given(numbers())
def test_a_long_text_before_it_hides_nothing_from_us(parts: tuple[str, ...]) -> None:
    assert masked("allô " * 2_000 + "".join(parts)) == "allô " * 2_000 + HIDDEN


@given(numbers(), st.integers(2, 5))
def test_of_one_that_is_named_a_part_is_hidden_too(parts: tuple[str, ...], upto: int) -> None:
    digits = " ".join(parts[: upto + 1])
    assert masked(f"mon numéro de sécurité sociale c'est {digits}") == f"mon numéro de sécurité sociale c'est {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "mon téléphone zéro six trente-neuf quatre-vingt-dix-huit zéro zéro douze",
        "06 39 98 00 12 06 39 98 00 13",
        "né le 12 mars 1946 à Poissy",
        "numéro d'allocataire douze trente-quatre cinq cent soixante-sept",
        "",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert masked(text) == text
