"""What the witness makes of AMI's events: the same for a queue of Asterisk's and for ours."""

from __future__ import annotations

import math

from bench.voice_witness import percentile, read


def _events(*rows: str) -> bytes:
    return "".join(row.replace("; ", "\r\n") + "\r\n\r\n" for row in rows).encode()


def _new(channel: str, at_s: float) -> str:
    return f"Event: Newchannel; Timestamp: {at_s}; Channel: {channel}"


def _enters(channel: str, bridge: str, at_s: float, technology: str = "simple_bridge") -> str:
    where = f"BridgeUniqueid: {bridge}; BridgeTechnology: {technology}"
    return f"Event: BridgeEnter; Timestamp: {at_s}; Channel: {channel}; {where}"


def test_a_caller_is_bridged_when_both_are_in_one_bridge_and_waiting_is_no_bridge() -> None:
    heard = _events(
        _new("PJSIP/trunk-1", 10.0),
        _enters("PJSIP/trunk-1", "hold", 10.1, "holding_bridge"),
        _new("PJSIP/2001-2", 10.25),
        _enters("PJSIP/2001-2", "b", 10.5),
        _enters("PJSIP/trunk-1", "b", 10.75),
        _enters("PJSIP/trunk-1", "b", 99.0),
    )
    journeys = read(heard)
    assert journeys.to_agent_ms() == [250.0]
    assert journeys.to_bridge_ms() == [750.0]


def test_the_telephone_that_counts_is_the_one_that_the_caller_is_joined_with() -> None:
    heard = _events(
        _new("PJSIP/trunk-1", 10.0),
        _new("PJSIP/2001-2", 10.25),
        _new("PJSIP/2002-3", 15.5),
        _enters("PJSIP/trunk-1", "b", 16.0),
        _enters("PJSIP/2002-3", "b", 16.0),
    )
    assert read(heard).to_agent_ms() == [5_500.0]


def test_a_caller_who_reaches_nobody_has_arrived_and_no_more() -> None:
    heard = _events(_new("PJSIP/trunk-1", 10.0), _new("PJSIP/trunk-2", 11.0), _enters("PJSIP/trunk-1", "b", 12.0))
    journeys = read(heard + b"Event: Newchannel\r\nChan")  # the connection was closed in the middle of a word
    assert len(journeys.arrived_s) == 2
    assert journeys.bridged_s == {}
    assert journeys.arriving_s() == 1.0


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(one) for one in range(1, 101)], 0.99) == 99.0
    assert percentile([], 0.5) == math.inf
