"""One commune, however it is written."""

from __future__ import annotations

import pytest

from core.communes import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Saint-Germain-en-Laye", "ST GERMAIN EN LAYE"),
        ("L'Étang-la-Ville", "l’etang la ville"),
        ("Sainte-Mesme", " Ste  Mesme "),
        ("92036", "92036"),
    ],
)
def test_spellings_of_one_commune_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


def test_other_communes_and_nothing_are_others() -> None:
    assert folded("Saint-Cloud") != folded("Saint-Cyr-l'École")
    assert folded(" - ") == ""
