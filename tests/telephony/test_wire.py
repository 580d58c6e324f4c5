"""AMI as text: what may be written, how it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panoramisk.actions import Action

from core.errors import UnsafeValue
from core.limits import AMI_FIELD_BYTES
from telephony.wire import MESSAGE_CHARACTERS, NotAmi, Reader, event_name, parse, safe_action

_plain = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=100)
_breaking = st.tuples(_plain, st.sampled_from("\r\n\0"), _plain).map("".join)


@given(_breaking)
def test_no_field_can_carry_another_line(text: str) -> None:
    for fields in ([("Value", text)], [(text, "value")]):
        with pytest.raises(UnsafeValue):
            safe_action("Setvar", fields, "1")
    with pytest.raises(UnsafeValue):
        safe_action(text, (), "1")
    with pytest.raises(UnsafeValue):
        safe_action("Setvar", (), text)


@given(_plain)
def test_a_plain_value_may_be_written(text: str) -> None:
    written = safe_action("Setvar", [("Value", text)], "1").decode()
    assert written == f"Action: Setvar\r\nActionID: 1\r\nValue: {text}\r\n\r\n"


async def test_an_action_is_written_as_panoramisk_would_write_it() -> None:
    fields = [("Channel", "PJSIP/1001"), ("Variable", "ALLO_WITH=x"), ("Variable", "NOM=Zoé"), ("Value", "")]
    theirs = Action({"Action": "Originate", "ActionID": "1", **dict(fields), "Variable": ["ALLO_WITH=x", "NOM=Zoé"]})
    ours = safe_action("Originate", fields, "1").decode()
    assert sorted(ours.split("\r\n")) == sorted(str(theirs).split("\r\n"))


@pytest.mark.parametrize("name", ["", "a:b", "a\r"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnsafeValue):
        safe_action("Setvar", [(name, "v")], "1")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(UnsafeValue, match="impossible"):
        safe_action("Setvar", [("Value", "\ud800")], "1")


def test_what_asterisk_would_find_too_long_is_refused_by_its_bytes() -> None:
    room = AMI_FIELD_BYTES - len("Value: ")
    safe_action("Setvar", [("Value", "é" * (room // 2))], "1")
    with pytest.raises(UnsafeValue, match="octets"):
        safe_action("Setvar", [("Value", "é" * (room // 2) + "ab")], "1")


def test_a_refusal_names_the_field_and_hides_the_value() -> None:
    with pytest.raises(UnsafeValue) as refused:
        safe_action("Setvar", [("Value", "0639980012\n")], "1")
    assert "Value" in str(refused.value)
    assert "0639980012" not in str(refused.value)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]) -> None:
    data = b"A: b\r\n\r\n" + data + "Event: é\r\n\r\n".encode()
    whole = Reader().feed(data)
    reader, at, pieces = Reader(), 0, []
    for cut in [*sorted(cuts), len(data)]:
        pieces += reader.feed(data[at : max(at, cut)])
        at = max(at, cut)
    assert pieces == whole


def test_the_greeting_is_part_of_no_field() -> None:
    (block,) = Reader().feed(b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nActionID: 1\r\n\r\n")
    assert parse(block) == {"Response": "Success", "ActionID": "1"}
    assert event_name(block) is None


def test_fields_that_repeat_are_kept() -> None:
    assert parse("Event: Status\r\nVariable: A=1\r\nVariable: B=2\r\nEmpty:\r\nSpaced: \r\nC: d: e") == {
        "Event": "Status",
        "Variable": "A=1\nB=2",
        "Empty": "",
        "Spaced": "",
        "C": "d: e",
    }


def test_a_message_without_end_is_not_ami() -> None:
    reader = Reader()
    reader.feed(b"x" * (MESSAGE_CHARACTERS - 10))
    with pytest.raises(NotAmi):
        reader.feed(b"x" * 100)
