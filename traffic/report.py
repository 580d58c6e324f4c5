"""What came of a call, seen from one end, and what two ends prove together.  Pure.

Nobody is believed: an agent has talked with a citizen when each has heard the other's tone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from traffic.call import Side
from traffic.tones import CLEAR_DB, HeardTone


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """One call as one party lived it.  Times are Unix ms; None: it did not happen.

    ``begun_ms`` is when the citizen dialled, or when the agent's telephone was offered the call;
    ``heard`` the other party's tone; ``code``, ``cause`` and ``ended_by`` (seen from this end)
    are those of `traffic.call.Ended`; ``sent``, ``received`` and ``lost`` count RTP packets.
    """

    party: Literal["citizen", "agent"]
    who: str
    tone_hz: int
    begun_ms: float
    answered_ms: float | None
    first_key_ms: float | None
    heard: HeardTone | None
    ended_ms: float
    code: int
    cause: int | None
    ended_by: Side
    sent: int
    received: int
    lost: int

    def as_json(self) -> dict[str, Any]:
        """Return plain data, times rounded to a hundredth of a millisecond."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value


def two_way_audio(citizen: CallReport, agent: CallReport) -> bool:
    """Did these two hear each other?  Each heard the other's own tone, clearly, at one time."""
    return (
        _has_heard(citizen, agent)
        and _has_heard(agent, citizen)
        and citizen.begun_ms < agent.ended_ms
        and agent.begun_ms < citizen.ended_ms
    )


def _has_heard(listener: CallReport, speaker: CallReport) -> bool:
    heard = listener.heard
    return heard is not None and heard.hz == speaker.tone_hz and heard.ratio_db >= CLEAR_DB


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing worth telling while it happens; ``details`` is plain data, ``report`` comes with the end."""

    kind: str
    at_ms: float
    who: str
    details: Mapping[str, Any]
    report: CallReport | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain data: ``event``, ``at_ms``, ``who``, then the details and the report beside them."""
        report = self.report.as_json() if self.report else {}
        return {"event": self.kind, "at_ms": round(self.at_ms, 2), "who": self.who, **self.details, **report}


Tell = Callable[[Happening], None]
