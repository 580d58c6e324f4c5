"""What two reports prove together, and the counts of a day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from traffic.report import CallReport, Happening, two_way_audio
from traffic.tally import Tally
from traffic.tones import HeardTone

CITIZEN = CallReport(
    party="citizen",
    who="0639980001",
    tone_hz=500,
    begun_ms=1000.0,
    answered_ms=1010.0,
    first_key_ms=None,
    heard=HeardTone(hz=515, since_ms=2000.0, dbfs=-12.0, ratio_db=40.0, purity=1.0),
    ended_ms=9000.0,
    code=200,
    cause=16,
    ended_by="them",
    sent=400,
    received=395,
    lost=2,
)
AGENT = replace(
    CITIZEN,
    party="agent",
    who="agent1",
    tone_hz=515,
    begun_ms=1500.0,
    heard=replace(CITIZEN.heard, hz=500),  # type: ignore[type-var]
    lost=0,
)


def test_each_has_heard_the_other() -> None:
    assert two_way_audio(CITIZEN, AGENT)


@pytest.mark.parametrize(
    ("citizen", "agent"),
    [
        (replace(CITIZEN, heard=None), AGENT),
        (CITIZEN, replace(AGENT, heard=None)),
        (replace(CITIZEN, tone_hz=510), AGENT),
        (CITIZEN, replace(AGENT, tone_hz=525)),
        (CITIZEN, replace(AGENT, heard=HeardTone(500, 0.0, -12.0, 14.9, 1.0))),
        (CITIZEN, replace(AGENT, begun_ms=9001.0, ended_ms=9500.0)),
    ],
    ids=["citizen deaf", "agent deaf", "another citizen", "another agent", "unclear", "at another time"],
)
def test_less_than_that_proves_nothing(citizen: CallReport, agent: CallReport) -> None:
    assert not two_way_audio(citizen, agent)


@pytest.mark.parametrize("first", [CITIZEN, AGENT])
def test_a_pair_is_found_once_whoever_ends_first(first: CallReport) -> None:
    tally = Tally()
    stranger = replace(AGENT, who="agent2", tone_hz=525, heard=None)
    assert tally.add(stranger) == []
    assert tally.add(first) == []
    assert tally.add(AGENT if first is CITIZEN else CITIZEN) == [(CITIZEN, AGENT)]
    summary = tally.as_json()
    assert (summary["calls"], summary["agent_calls"], summary["two_way"]) == (1, 2, 1)
    assert summary["citizens_by_code"] == {"200": 1}
    assert summary["dialled_to_agent_ms"] == {"p50": 1000, "p95": 1000}
    assert summary["packets_lost"] == 2


def test_nothing_counted_is_a_summary_too() -> None:
    assert Tally().as_json()["dialled_to_agent_ms"] == {"p50": None, "p95": None}


def test_reports_and_happenings_are_plain_data() -> None:
    line = Happening("ended", 1.23456, "x", CITIZEN.as_json()).as_json()
    assert (line["event"], line["at_ms"], line["heard"]["hz"]) == ("ended", 1.23, 515)
