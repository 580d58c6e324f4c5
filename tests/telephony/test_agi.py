"""What AGI commands answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.agi import AgiAnswer, agi_answer


@pytest.mark.parametrize(
    ("quoted", "answer"),
    [
        ("200%20result%3D0%20endpos%3D9600%0A", AgiAnswer(200, 0, 9600)),
        ("200 result=49 endpos=21440", AgiAnswer(200, 49, 21440)),
        ("200 result=-1", AgiAnswer(200, -1, None)),
        ("200 result=1 (hangup)", AgiAnswer(200, 1, None)),
        ("200 result= (timeout)", AgiAnswer(200, None, None)),
        ("510 Invalid or unknown command", AgiAnswer(510, None, None)),
        ("520-Invalid command syntax.", AgiAnswer(520, None, None)),
        ("HANGUP", AgiAnswer(0, None, None)),
        ("", AgiAnswer(0, None, None)),
    ],
)
def test_answers_that_asterisk_gives(quoted: str, answer: AgiAnswer) -> None:
    assert agi_answer(quoted) == answer


def test_a_key_stops_words_and_nothing_else_does() -> None:
    assert agi_answer("200 result=42 endpos=160").stopped_by_key
    for other in ("200 result=0 endpos=9600", "200 result=-1 endpos=9600", "200 result=0 endpos=0", ""):
        assert not agi_answer(other).stopped_by_key


def test_only_words_that_ran_to_their_end_are_complete() -> None:
    assert agi_answer("200 result=0 endpos=9600").played_to_the_end
    for other in (
        "200 result=53 endpos=9600",
        "200 result=0 endpos=0",
        "200 result=-1 endpos=9600",
        "200 result=0",
        "",
    ):
        assert not agi_answer(other).played_to_the_end


@given(st.text())
def test_nothing_raises(text: str) -> None:
    agi_answer(text)
