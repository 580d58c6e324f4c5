"""Which detail is asked for next."""

from __future__ import annotations

import msgspec

from core.script import Details
from ivr.dialogue import Dialogue
from ivr.slots import wanted
from tests import centres
from tests.ivr.test_details import STEP, detail

ROW = Dialogue(
    state="speaking",
    service="solidarites",
    script="accueil",
    digest="renseigné",
    language="fr",
    leg="l",
    channel="c",
    caller_known=True,
)


def next_of(**changes: object) -> str:
    step = centres.inquiring().scripts["accueil"].steps[STEP]
    assert isinstance(step, Details)
    slot = wanted(msgspec.structs.replace(ROW, **changes), step)
    return slot.detail if slot is not None else ""


def test_each_is_asked_in_its_turn_until_none_is_left() -> None:
    commune = {"commune": detail("commune", "78646")}
    assert next_of() == "commune"
    assert next_of(taken=commune) == "birth_date"
    assert next_of(taken=commune, skipped=("birth_date",)) == "file_number"
    assert next_of(skipped=("commune", "birth_date", "file_number")) == ""


def test_a_number_that_shows_is_known_unless_it_is_that_of_several_people() -> None:
    assert next_of(skipped=("commune",), caller_known=False) == "telephone"
    assert next_of(skipped=("commune",), shared=True) == "telephone"
