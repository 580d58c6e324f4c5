"""Details typed key by key: whole at once, ended by #, or where nobody can be heard; a 0 alone leads to a person."""

from __future__ import annotations

import pytest

from core import commands as c
from core import events as e
from core import ids, limits
from core.script import Details
from core.text import say
from tests import centres
from tests.alone import A, Alone, names, only
from tests.ivr.test_details import PATH, STEP, asked, detail, over, read, says, taken, types
from tests.ivr.test_dialogue import pressed, row
from tests.ivr.test_hearing import ended

# -- typed --------------------------------------------------------------------------------------------------------


def test_a_key_ends_the_hearing_and_begins_what_is_typed() -> None:
    alone = asked()
    said = alone.tell(pressed("7"))
    assert only(said, c.StopHearing).listening == ids.listening(A, 2)
    assert row(alone).state == "listening"
    said = types(alone, "8000")
    assert only(said, e.DetailDoubted).details[0].value.text == "78646"
    assert only(types(alone, "1"), e.DetailTaken).how == "confirmed"


def typing(kind: str) -> Alone:
    """A is asked for that kind of detail."""
    alone = asked(withheld=True)
    while asks(alone) != kind:
        says(alone, "je ne sais pas")
    return alone


def asks(alone: Alone) -> str:
    step = centres.inquiring().scripts["accueil"].steps[STEP]
    assert isinstance(step, Details)
    return next(slot.detail for slot in step.slots if slot.detail not in row(alone).skipped)


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        ("telephone", "0199000045", "+33199000045"),
        ("birth_date", "14031946", "1946-03-14"),
        ("birth_date", "01022003", "2003-02-01"),
        ("file_number", "123456#", "123456"),
        ("file_number", "01234567", "01234567"),
        ("commune", "78190", "78621"),
    ],
)
def test_what_is_typed_whole_is_read_back_at_once(kind: str, keys: str, value: str) -> None:
    alone = typing(kind)
    said = types(alone, keys)
    assert [one.value.text for one in only(said, e.DetailDoubted).details] == [value]
    assert only(said, e.DetailDoubted).details[0].confidence == 95


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("telephone", "0899000045"),
        ("telephone", "019900#"),
        ("birth_date", "31021946"),
        ("birth_date", "01011899"),
        ("birth_date", "01012099"),
        ("file_number", "1234#"),
        ("commune", "75001"),
    ],
)
def test_what_is_typed_and_cannot_be_is_told(kind: str, keys: str) -> None:
    said = types(typing(kind), keys)
    assert only(said, e.ChoiceMissed).why == "bad_number"
    assert only(said, e.StepReached).say[0] == say("renseignement.faux")


def test_who_types_no_further_has_typed_the_whole() -> None:
    alone = typing("file_number")
    types(alone, "123456")
    assert only(alone.next(), e.DetailDoubted).details[0].value.text == "123456"


def test_a_zero_alone_leads_to_a_person_and_one_that_begins_a_number_does_not() -> None:
    alone = typing("telephone")
    types(alone, "0")
    before_ms = alone.now_ms
    said = alone.next()
    assert only(said, e.ChoiceMade).choice == "conseiller"
    assert alone.now_ms - before_ms < 3_000
    alone = typing("telephone")
    assert only(types(alone, "0#"), e.ChoiceMade).choice == "conseiller"
    alone = typing("telephone")
    assert "ChoiceMade" not in names(types(alone, "0199000045"))


def test_hash_alone_says_that_they_have_it_not() -> None:
    assert only(alone_hash := types(typing("file_number"), "#"), e.DetailSkipped).why == "unknown"
    assert only(alone_hash, e.StepReached).step == "rsa"


def test_a_star_calls_for_help_and_within_a_number_begins_it_anew() -> None:
    assert only(types(asked(), "*"), e.ChoiceMade).choice == "silence"
    alone = asked()
    types(alone, "781*78000")
    assert only(types(alone, "1"), e.DetailTaken).detail.value.text == "78646"


def test_two_is_no_zero_a_person_and_other_keys_are_not_known() -> None:
    alone = asked()
    types(alone, "78000")
    assert only(types(alone, "2"), e.ChoiceMissed).why == "not_that"
    types(alone, "78000")
    assert only(types(alone, "0"), e.ChoiceMade).choice == "conseiller"
    alone = asked()
    types(alone, "78000")
    assert only(types(alone, "5"), e.ChoiceMissed).why == "wrong_key"


# -- where nobody is heard ----------------------------------------------------------------------------------------


def by_keys() -> Alone:
    """Nobody can be heard any more: A is asked by keys."""
    alone = asked()
    said = ended(alone, "failed")
    assert only(said, e.StepReached).say == (say("renseignement.commune_touches"),)
    assert only(said, c.PlayPrompt).path == f"{PATH}/renseignement.commune_touches"
    return alone


def test_where_hearing_breaks_the_same_is_asked_by_keys_and_read_back() -> None:
    alone = by_keys()
    over(alone)
    assert row(alone).state == "listening"
    said = types(alone, "78000")
    assert only(said, c.PlayPrompt).path == f"{PATH}/renseignement.compris"
    reading, asking = [one for one in over(alone) if isinstance(one, c.PlayPrompt)]
    assert (reading.path, read(reading)) == ("", ["renseignement.commune_dite-Versailles"])
    assert asking.path == f"{PATH}/renseignement.bien_cela"
    assert row(alone).state == "listening"
    types(alone, "1")
    assert taken(alone) == {"commune": "78646"}
    assert (row(alone).say, row(alone).state) == ((), "speaking"), "the next is asked by keys as well"


def test_hearing_that_breaks_while_it_is_read_back_reads_it_back_by_keys() -> None:
    alone = asked()
    says(alone, "versailles", detail("commune", "78646"))
    said = ended(alone, "failed")
    assert only(said, e.DetailDoubted).details[0].value.text == "78646"
    assert "PlayPrompt" in names(said)
    types(alone, "1")
    assert taken(alone) == {"commune": "78646"}


def test_a_list_too_long_for_one_order_is_read_in_several() -> None:
    alone = by_keys()
    types(alone, "78999")
    orders = [one for one in over(alone) if isinstance(one, c.PlayPrompt)]
    assert len(orders) > 1
    assert all(len(one.read.text or "") <= limits.READ_PATHS_LONGEST for one in orders if one.read)
    assert len([piece for one in orders for piece in read(one)]) == 3 * 9


def test_silence_by_keys_is_asked_once_more_then_given_up() -> None:
    alone = by_keys()
    over(alone)
    assert only(alone.next(), e.ChoiceMissed).why == "silence"
    over(alone)
    assert only(alone.next(), e.DetailSkipped).kind == "commune"
