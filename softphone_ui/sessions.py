"""Who is logged in: sessions held here alone; the browser has a random name for its own, and nothing else.

Time is passed in seconds of a clock that never goes back.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import msgspec

# Without a request and without an open page: the post was left.
IDLE_S: Final = 60 * 60.0
# A working day and its breaks; then the password is asked again.
ABSOLUTE_S: Final = 12 * 3_600.0
# Browsers of one person at once: a second post, a telephone; more is a script that logs in without end.
PER_AGENT: Final = 5
# All sessions of a platform: ten times the agents that one kernel serves.
MOST: Final = 20_000


class Session(msgspec.Struct, kw_only=True):
    """Somebody logged in; `csrf` must come with every request that changes anything; `sockets` are open pages."""

    agent: str
    csrf: str
    began_s: float
    seen_s: float
    sockets: int = 0


class Sessions:
    """`open` gives the token that the browser keeps; here only its digest is kept."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}

    def open(self, agent: str, now_s: float) -> str:
        """A new session; the oldest of the same person's give way."""
        self._expire(now_s)
        own = [key for key, session in self._open.items() if session.agent == agent]
        for key in own[: max(0, len(own) - PER_AGENT + 1)]:
            del self._open[key]
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        token = secrets.token_urlsafe(32)
        self._open[_digest(token)] = Session(agent=agent, csrf=secrets.token_urlsafe(32), began_s=now_s, seen_s=now_s)
        return token

    def find(self, token: str | None, now_s: float) -> Session | None:
        """The live session of that token, which is seen by this."""
        session = self._open.get(_digest(token)) if token else None
        if session is None or token is None:
            return None
        if _over(session, now_s):
            del self._open[_digest(token)]
            return None
        session.seen_s = now_s
        return session

    def alive(self, session: Session, now_s: float) -> bool:
        """Whether an open page may go on."""
        return not _over(session, now_s) and any(one is session for one in self._open.values())

    def close(self, token: str | None) -> Session | None:
        """Logs out; gives the session that was, if any."""
        return self._open.pop(_digest(token), None) if token else None

    def of(self, agent: str) -> list[Session]:
        return [session for session in self._open.values() if session.agent == agent]

    def _expire(self, now_s: float) -> None:
        for key in [key for key, session in self._open.items() if _over(session, now_s)]:
            del self._open[key]


def _over(session: Session, now_s: float) -> bool:
    idle = session.sockets == 0 and now_s - session.seen_s > IDLE_S
    return idle or now_s - session.began_s > ABSOLUTE_S


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
