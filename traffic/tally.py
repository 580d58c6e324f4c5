"""Counts of a day's traffic, and who talked with whom as far as sound proves it.  Pure."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from traffic.report import CallReport, two_way_audio

_REMEMBERED = 2000
"""Reports kept to find the other half of a pair: more than the calls of one hour on one node."""


class Tally:
    """Takes reports as calls end; finds each pair once, whichever side ends first."""

    def __init__(self) -> None:
        self._citizens: deque[CallReport] = deque(maxlen=_REMEMBERED)
        self._agents: deque[CallReport] = deque(maxlen=_REMEMBERED)
        self._counts: Counter[str] = Counter()
        self._codes: Counter[int] = Counter()
        self._waits_ms: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, report: CallReport) -> list[tuple[CallReport, CallReport]]:
        """Count a call; return the pairs (citizen, agent) that it completes, most often one or none."""
        citizen = report.party == "citizen"
        mine, others = (self._citizens, self._agents) if citizen else (self._agents, self._citizens)
        mine.append(report)
        self._count(report)
        pairs = [(report, other) if citizen else (other, report) for other in others]
        proven = [pair for pair in pairs if two_way_audio(*pair)]
        self._counts["two_way"] += bool(proven)
        return proven

    def _count(self, report: CallReport) -> None:
        side = "calls" if report.party == "citizen" else "agent_calls"
        answered = "answered" if report.party == "citizen" else "agent_answered"
        self._counts[side] += 1
        self._counts[answered] += report.answered_ms is not None
        self._counts["packets_received"] += report.received
        self._counts["packets_lost"] += report.lost
        if report.party == "citizen":
            self._counts["reached_agent"] += report.heard is not None
            self._codes[report.code] += 1
            if report.heard is not None:
                self._waits_ms.append(report.heard.since_ms - report.begun_ms)

    def as_json(self) -> dict[str, Any]:
        """Return the counts: ``two_way`` is calls in which both heard each other."""
        waits = sorted(self._waits_ms)
        names = ("calls", "answered", "reached_agent", "agent_calls", "agent_answered", "two_way")
        return {
            **{name: self._counts[name] for name in names},
            "citizens_by_code": {str(code): count for code, count in sorted(self._codes.items())},
            "dialled_to_agent_ms": {
                "p50": round(waits[len(waits) // 2]) if waits else None,
                "p95": round(waits[len(waits) * 95 // 100]) if waits else None,
            },
            "packets_received": self._counts["packets_received"],
            "packets_lost": self._counts["packets_lost"],
        }
