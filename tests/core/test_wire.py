"""core/wire: what goes in comes out, for every word there is; what cannot be read is refused, with the remedy."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import msgspec.inspect as mi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as e
from core.commands import AnyCommand, Command, Order, PlayPrompt, RingAgent
from core.errors import JournalFault
from core.events.base import Event
from core.interaction import Interaction
from core.needs import All, AnyOf, Has, Not
from core.personal import PURPOSES, Personal, Purpose
from core.step import EVENTS, Step
from core.wire import FORMAT, Wire

COMMANDS: tuple[type[Command], ...] = get_args(AnyCommand)


class Mirror:
    """A Sealer without secrets: equal texts are sealed to equal bytes."""

    def seal(self, of: str, purpose: Purpose, text: str) -> bytes:
        return f"{of}|{purpose}|".encode() + text.encode("utf-8", "surrogatepass")[::-1]

    def open(self, of: str, purpose: Purpose, sealed: bytes) -> str | None:
        mark = f"{of}|{purpose}|".encode()
        assert sealed.startswith(mark)
        return sealed.removeprefix(mark)[::-1].decode("utf-8", "surrogatepass")


class Erased(Mirror):
    """A Sealer whose keys are gone."""

    def open(self, of: str, purpose: Purpose, sealed: bytes) -> str | None:
        return None


WIRE = Wire(Mirror())

# Text as a peer may send it, but for halves of surrogate pairs, which have a test of their own.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
# What JSON readers everywhere keep exactly; times in milliseconds are far below.
INTEGERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Whatever a type hint of the vocabulary allows, every field filled in, those with defaults too."""
    return _of(msgspec.inspect.type_info(kind))


# Expressions of expressions; left to themselves they would grow without end.
REQUIREMENTS = st.recursive(
    st.builds(Has, skill=TEXTS, level=INTEGERS),
    lambda inner: (
        st.builds(All, of=st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, of=st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, of=inner)
    ),
    max_leaves=5,
)


def _of(info: mi.Type) -> st.SearchStrategy[Any]:
    match info:
        case mi.StructType(cls=cls) if cls in (Has, All, AnyOf, Not):
            return REQUIREMENTS
        case mi.StructType():
            fields = {field.name: _of(field.type) for field in info.fields}
            return st.builds(info.cls, **fields)
        case mi.UnionType():
            return st.one_of([_of(one) for one in info.types])
        case mi.LiteralType():
            return st.sampled_from(info.values)
        case mi.VarTupleType():
            return st.lists(_of(info.item_type), max_size=3).map(tuple)
        case mi.DictType():
            return st.dictionaries(_of(info.key_type), _of(info.value_type), max_size=3)
        case mi.CustomType(cls=cls) if cls is Personal:
            return st.builds(Personal, TEXTS, st.sampled_from(PURPOSES), st.none() | TEXTS)
    return {mi.StrType: TEXTS, mi.IntType: INTEGERS, mi.BoolType: st.booleans(), mi.NoneType: st.none()}[type(info)]


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_every_event_comes_back_as_it_was(kind: type[Event]) -> None:
    @given(event=instances(kind))
    @settings(max_examples=30, deadline=None)
    def check(event: Event) -> None:
        written = WIRE.encode_event(event)
        assert WIRE.decode_event(written) == event
        assert WIRE.encode_event(event) == written, "equal input must give equal bytes"

    check()


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_every_order_comes_back_as_it_was(kind: type[Command]) -> None:
    @given(command=instances(kind), order=instances(Order))
    @settings(max_examples=30, deadline=None)
    def check(command: Command, order: Order) -> None:
        order = msgspec.structs.replace(order, command=command)
        assert WIRE.decode_order(WIRE.encode_order(order)) == order

    check()


@given(step=instances(Step))
@settings(max_examples=200, deadline=None)
def test_a_step_comes_back_as_it_was(step: Step) -> None:
    assert WIRE.decode(WIRE.encode(step)) == step


@given(rows=st.dictionaries(TEXTS, instances(Interaction), max_size=5))
@settings(max_examples=50, deadline=None)
def test_rows_come_back_as_they_were_and_in_their_order(rows: dict[str, Interaction]) -> None:
    again = WIRE.decode_rows(Interaction, WIRE.encode_rows(rows))
    assert list(again.items()) == list(rows.items())


def arrival(text: str | None = "+33639980078") -> Step:
    caller = Personal("i1", "number", text)
    arrived = e.CallArrived(
        cause="telephony",
        interaction="i1",
        leg="i1-c",
        node="a1",
        channel="PJSIP/trunk-1",
        dialled="+33199000000",
        caller=caller,
        caller_name=None,
        answered=False,
    )
    ring = RingAgent(
        cause="AgentChosen",
        interaction="i1",
        leg="i1-a1",
        phone="1001",
        caller_channel="PJSIP/trunk-1",
        timeout_ms=20_000,
        show_number=caller,
        show_name="Allo",
        auto_answer=False,
        kept=False,
    )
    return Step(seq=7, now_ms=1, input=arrived, orders=(Order(id="7.1", lane="i1", command=ring),))


def test_a_record_says_its_format_and_the_names_of_its_facts_and_commands() -> None:
    told = msgspec.json.decode(WIRE.encode(arrival()))
    assert told["format"] == FORMAT
    assert told["record"]["input"]["event"] == "CallArrived"
    assert told["record"]["orders"][0]["command"]["command"] == "RingAgent"


def test_a_personal_text_is_sealed_wherever_it_stands() -> None:
    written = WIRE.encode(arrival())
    assert b"+33639980078" not in written
    sealed = msgspec.json.decode(written)["record"]["input"]["caller"]
    assert sealed.keys() == {"of", "purpose", "sealed"}
    assert (sealed["of"], sealed["purpose"]) == ("i1", "number")


def test_an_erased_text_is_none_and_everything_else_is_there() -> None:
    assert Wire(Erased()).decode(WIRE.encode(arrival())) == arrival(None)


def test_half_a_surrogate_pair_is_kept_as_a_question_mark() -> None:
    lost = e.NodeLost(cause="telephony", node="a1", reason="broken \udcff text")
    assert WIRE.decode_event(WIRE.encode_event(lost)) == e.NodeLost(
        cause="telephony", node="a1", reason="broken ? text"
    )


# --- records of older releases


def as_format(number: int, record: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"format": number, "record": record})


def test_an_old_record_is_brought_up_to_date_step_by_step() -> None:
    """Format 1 knew a `DigitPressed` (invented) whose digit stood in the open; format 2 sealed it as `digit`; format 3
    calls it KeyPressed and `key`, and numbers steps by `seq`, which were `number` before."""

    def sealed(old: dict[str, Any]) -> dict[str, Any]:
        return old | {"digit": {"of": old["interaction"], "purpose": "keys", "sealed": None}}

    def renamed(old: dict[str, Any]) -> dict[str, Any]:
        key = old.pop("digit")
        return old | {"event": "KeyPressed", "key": key}

    def numbered(old: dict[str, Any]) -> dict[str, Any]:
        return old | {"seq": old.pop("number")}

    upgrades = {("DigitPressed", 1): sealed, ("DigitPressed", 2): renamed, ("Step", 2): numbered}
    wire = Wire(Mirror(), upgrades, format=3)
    pressed = {"event": "DigitPressed", "cause": "telephony", "interaction": "i1", "leg": "i1-c", "digit": "5"}
    expected = e.KeyPressed(cause="telephony", interaction="i1", leg="i1-c", key=Personal("i1", "keys", None))
    ended = {"event": "AnnouncementEnded", "cause": "x", "interaction": "i1"}

    step = wire.decode(as_format(1, {"number": 4, "now_ms": 9, "input": pressed, "facts": [ended], "orders": []}))
    assert step == Step(seq=4, now_ms=9, input=expected, facts=(e.AnnouncementEnded(cause="x", interaction="i1"),))
    assert wire.decode_event(as_format(1, pressed)) == expected


def test_old_orders_commands_and_rows_are_brought_up_to_date() -> None:
    def louder(old: dict[str, Any]) -> dict[str, Any]:
        return old | {"command": "PlayPrompt"}

    def laned(old: dict[str, Any]) -> dict[str, Any]:
        return old | {"lane": old.pop("row")}

    def arrived(old: dict[str, Any]) -> dict[str, Any]:
        return old | {"arrived_at_ms": 1000 * old.pop("arrived_at_s")}

    upgrades = {("Play", 1): louder, ("Order", 1): laned, ("Interaction", 1): arrived}
    wire = Wire(Mirror(), upgrades, format=2)
    play = PlayPrompt(cause="x", interaction="i1", leg="l", channel="c", playback="p", path="/a", read=None)
    order = {"id": "1", "row": "i1", "command": {"command": "Play"} | msgspec.to_builtins(play) | {"command": "Play"}}
    expected = Order(id="1", lane="i1", command=play)
    assert wire.decode_order(as_format(1, order)) == expected
    step = {"seq": 1, "now_ms": 1, "input": {"event": "NodeLost", "cause": "x", "node": "n", "reason": ""}}
    assert wire.decode(as_format(1, step | {"orders": [order]})).orders == (expected,)
    rows = as_format(1, {"i1": {"state": "queued", "arrived_at_s": 5}})
    assert wire.decode_rows(Interaction, rows) == {"i1": Interaction(state="queued", arrived_at_ms=5000)}


def test_todays_records_are_not_upgraded() -> None:
    def never(_old: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("today's record was upgraded")

    wire = Wire(Mirror(), {(name, number): never for name in (*EVENTS, "Step") for number in range(9)})
    assert wire.decode(WIRE.encode(arrival())) == arrival()


def test_a_field_with_a_default_may_be_missing() -> None:
    record = {"seq": 1, "now_ms": 1, "input": {"event": "NodeLost", "cause": "x", "node": "n", "reason": ""}}
    assert WIRE.decode(as_format(FORMAT, record)).facts == ()


# --- what cannot be read

GOOD = WIRE.encode(arrival())
UNREADABLE = {
    "nothing": b"",
    "garbage": b"\xff\x00\x17",
    "not an object": b"[1]",
    "no format": b"{}",
    "format of another kind": b'{"format":"1","record":{}}',
    "torn": GOOD[:-7],
    "more behind": GOOD + b"x",
    "nested too deep": b"[" * 5_000,
    "invalid UTF-8 in a text": GOOD.replace(b"telephony", b"teleph\xffny"),
    "unknown fact": GOOD.replace(b"CallArrived", b"CallArisen"),
    "unknown command": GOOD.replace(b'"RingAgent"', b'"RingBells"'),
    "unknown field": GOOD.replace(b'"node"', b'"mood":{"x":1},"node"'),
    "unknown field in an order": GOOD.replace(b'"lane"', b'"line":1,"lane"'),
    "unknown field beside the record": GOOD.replace(b'"record"', b'"extra":1,"record"'),
    "missing field": GOOD.replace(b'"node":"a1",', b""),
    "wrong type": GOOD.replace(b'"now_ms":1', b'"now_ms":"1"'),
    "unknown purpose": GOOD.replace(b'"number"', b'"colour"'),
    "sealed text that is no base64": GOOD.replace(b'"sealed":"', b'"sealed":"*'),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_with_the_step_and_the_remedy(data: bytes) -> None:
    with pytest.raises(JournalFault, match=r"étape 7 .*(Installez|restaurez)") as caught:
        WIRE.decode(data, 7)
    assert "+33639980078" not in str(caught.value)


def test_a_record_of_a_newer_release_is_refused_with_the_remedy() -> None:
    with pytest.raises(JournalFault, match=rf"format {FORMAT + 1}.*Installez"):
        WIRE.decode(as_format(FORMAT + 1, {}))


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(JournalFault, match=r"record\.input\.mood"):
        WIRE.decode(UNREADABLE["unknown field"])


@given(data=st.binary(max_size=60))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(JournalFault):
        WIRE.decode(data)


@given(at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_record_with_one_wrong_byte_is_read_or_refused(at: int, byte: int) -> None:
    changed = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    try:
        step = Wire(Erased()).decode(changed)
    except JournalFault:
        return
    assert isinstance(step, Step)


def test_what_is_no_word_is_a_fault_of_ours() -> None:
    with pytest.raises(JournalFault, match="défaut d'Allo"):
        WIRE.encode_event(e.NodeLost(cause="x", node="n", reason=object()))  # type: ignore[arg-type]
