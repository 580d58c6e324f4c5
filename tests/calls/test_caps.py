"""Calls of a day are counted, and what looks like fraud is told once."""

from __future__ import annotations

import msgspec
import pytest

from calls import caps
from core import events as e
from core.centre import Outgoing
from tests import centres
from tests.alone import Alone, only
from tests.calls.test_outgoing import asked, ready


def strict(**policy: object) -> Alone:
    return ready(msgspec.structs.replace(centres.small(), outgoing=Outgoing(**policy)))  # type: ignore[arg-type]


def place(alone: Alone, number: int, typed: str = "06 39 98 00 00", agent: str = "alice") -> list[object]:
    """The whole way, acd's part told by hand."""
    said = alone.tell(asked(centres.interaction(number), typed, agent))
    for one in list(said):
        if isinstance(one, e.DialAllowed):
            fields = {name: getattr(one, name) for name in e.DialAllowed.__struct_fields__}
            said += alone.tell(e.CallPlaced(**fields, phone="1001", leg=f"{one.interaction}-a1"))
    return said


def why(said: list[object]) -> str:
    return only(said, e.DialRefused).why


def test_an_agents_calls_of_the_day_come_to_an_end_and_begin_again_at_midnight() -> None:
    alone = strict(per_agent=2)
    place(alone, 1)
    place(alone, 2)
    assert why(place(alone, 3)) == "agent_cap"
    assert only(place(alone, 4, agent="bruno"), e.DialAllowed)
    alone.now_ms += 24 * caps.HOUR_MS
    assert only(place(alone, 5), e.DialAllowed)


def test_everybodys_calls_of_the_day_come_to_an_end() -> None:
    alone = strict(per_platform=1)
    place(alone, 1)
    assert why(place(alone, 2, agent="bruno")) == "platform_cap"


def test_refused_numbers_are_an_alert_once_and_hold_nothing_unless_it_is_configured() -> None:
    alone = strict(alert_refused=2)
    assert not [said for said in place(alone, 1, "0899 12 34 56") if isinstance(said, e.FraudSuspected)]
    alert = only(place(alone, 2, "0899 12 34 56"), e.FraudSuspected)
    assert (alert.agent, alert.why, alert.count, alert.held) == ("alice", "refused", 2, False)
    assert not [said for said in place(alone, 3, "15") if isinstance(said, e.FraudSuspected)]
    assert only(place(alone, 4), e.DialAllowed)


def test_an_alert_that_holds_lets_that_agent_call_nobody_until_tomorrow() -> None:
    alone = strict(alert_refused=1, alert_holds=True)
    place(alone, 1, "0899 12 34 56")
    assert why(place(alone, 2)) == "fraud"
    assert only(place(alone, 3, agent="bruno"), e.DialAllowed)
    alone.now_ms += 24 * caps.HOUR_MS
    assert only(place(alone, 4), e.DialAllowed)


def test_costly_calls_are_an_alert() -> None:
    alone = strict(alert_costly=1, allowed={"agent": ("international",)})
    assert only(place(alone, 1, "+44 20 7946 0000"), e.FraudSuspected).why == "costly"


@pytest.mark.parametrize(("talked_ms", "alerts"), [(1_000, 1), (60_000, 0)])
def test_calls_that_are_over_at_once_are_an_alert(talked_ms: int, alerts: int) -> None:
    alone = strict(alert_short=1)
    place(alone, 1)
    one = centres.interaction(1)
    alone.tell(e.LegAnswered(cause="t", interaction=one, leg=f"{one}-a1", channel="x"))
    alone.tell(e.LegsBridged(cause="t", interaction=one, leg=f"{one}-a1", other=f"{one}-d1"))
    ended = e.LegEnded(cause="t", interaction=one, leg=f"{one}-d1", reason="hung_up", code=16)
    said = alone.tell(ended, after_ms=talked_ms)
    assert len([fact for fact in said if isinstance(fact, e.FraudSuspected)]) == alerts


def test_only_the_signs_of_the_last_hour_count() -> None:
    alone = strict(alert_refused=2)
    place(alone, 1, "0899 12 34 56")
    alone.now_ms += caps.HOUR_MS
    assert not [said for said in place(alone, 2, "0899 12 34 56") if isinstance(said, e.FraudSuspected)]
