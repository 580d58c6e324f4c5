"""Unknown words read as the nearest that is known."""

from __future__ import annotations

import pytest

from speech.understand.slips import Slips, sound

KNOWN = Slips([["expulsion", "logement", "handicape", "allocation", "electricite", "creche", "retraite"]] * 2)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("expultion", "expulsion"), ("lojement", "logement"), ("andicapé", "handicape"), ("alocation", "allocation"),
     ("electrissité", "electricite"), ("retrète", "retraite")],
)  # fmt: skip
def test_a_slip_is_mended(written: str, meant: str) -> None:
    from speech.understand.normalise import words

    assert KNOWN.mend(words(written)) == [meant]


def test_what_is_near_to_nothing_stays_and_so_does_what_is_known() -> None:
    assert KNOWN.mend(["girafe", "loge", "logements", "12345"]) == ["girafe", "loge", "logements", "12345"]


def test_words_that_sound_alike_have_one_sound() -> None:
    assert sound("retraite") == sound("retrette")
    assert sound("eau") != sound("feu")


def test_no_more_than_a_few_words_are_mended() -> None:
    assert KNOWN.mend(["lojement"] * 20).count("logement") == 8
