"""What we say, and the name of its recording."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.text import Text, say

VALUES = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


def test_a_text_without_places_is_named_by_its_key_in_each_language() -> None:
    assert say("accueil.bienvenue").prompt("fr") == "fr/accueil.bienvenue"
    assert say("accueil.bienvenue").prompt("uk") != say("accueil.bienvenue").prompt("fr")


@given(VALUES, VALUES)
def test_equal_values_share_a_recording_and_others_do_not(one: dict[str, str], other: dict[str, str]) -> None:
    names = [Text(key="k", values=values).prompt("fr") for values in (one, other)]
    flat = ["\n".join(f"{name}={value}" for name, value in sorted(values.items())) for values in (one, other)]
    assert (names[0] == names[1]) == (flat[0] == flat[1])


@given(VALUES)
def test_a_name_is_a_safe_end_of_a_path_whatever_the_values_are(values: dict[str, str]) -> None:
    name = Text(key="attente.position", values=values).prompt("fr").removeprefix("fr/attente.position")
    assert name == "" or (len(name) == 13 and name[0] == "-" and name[1:].isalnum())


def test_the_order_in_which_values_are_given_does_not_matter() -> None:
    assert say("k", a="1", b="2").prompt("fr") == say("k", b="2", a="1").prompt("fr")
