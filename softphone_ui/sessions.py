"""Who is logged in: the browser has a random name for its session, and nothing else; we have that name's digest.

They outlive a restart (kept_sessions.py).  Whoever is given another password, or has no account any more, is
out, on every page.  Time is passed in seconds of a clock that never goes back; the file's is the wall clock's, as it
stood beside the other when the pages started.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from softphone_ui.kept_sessions import Kept, KeptSession

# Without a request and without an open page: the post was left.
IDLE_S: Final = 60 * 60.0
# A working day and its breaks; then the password is asked again.
ABSOLUTE_S: Final = 12 * 3_600.0
# Browsers of one person at once: a second post, a telephone; more is a script that logs in without end.
PER_AGENT: Final = 5
# All sessions of a platform: ten times the agents that one kernel serves.
MOST: Final = 20_000
# How late the file may know that somebody is still there: they lose that much of IDLE_S, and the disk hears less.
KEEP_SEEN_S: Final = 5 * 60.0
# A kept session of the future is a clock that was set back: how long it then lasts, nobody can say.
AHEAD_S: Final = 60.0


class Session(msgspec.Struct, kw_only=True):
    """Somebody logged in; `sockets` are open pages, `mark` stands for the password that it was opened with."""

    agent: str
    digest: str
    mark: str
    began_s: float
    seen_s: float
    kept_s: float
    sockets: int = 0


class Sessions:
    """`open` gives the token that the browser keeps; here only its digest is kept.  `mark` gives a person's of now."""

    def __init__(self, mark: Callable[[str], str], kept: Kept | None = None) -> None:
        self._open: dict[str, Session] = {}
        self._mark = mark
        self._kept = kept
        self._wall_ahead_s = 0.0

    def begin(self, now_s: float, wall_s: float) -> None:
        """Takes up what was kept; what is over by now is forgotten."""
        self._wall_ahead_s = wall_s - now_s
        for row in self._kept.all() if self._kept is not None else ():
            began_s, seen_s = row.began_s - self._wall_ahead_s, row.seen_s - self._wall_ahead_s
            session = Session(
                agent=row.agent, digest=row.digest, mark=row.mark, began_s=began_s, seen_s=seen_s, kept_s=seen_s
            )
            self._open[row.digest] = session
            if self._over(session, now_s) or max(began_s, seen_s) > now_s + AHEAD_S:
                self._end(session)

    def open(self, agent: str, now_s: float) -> str:
        """A new session; the oldest of the same person's give way."""
        self._expire(now_s)
        own = self.of(agent)
        for session in own[: max(0, len(own) - PER_AGENT + 1)]:
            self._end(session)
        while len(self._open) >= MOST:
            self._end(next(iter(self._open.values())))
        token = secrets.token_urlsafe(32)
        digest = _digest(token)
        session = Session(agent=agent, digest=digest, mark=self._mark(agent), began_s=now_s, seen_s=now_s, kept_s=now_s)
        self._open[digest] = session
        self._keep(session)
        return token

    def find(self, token: str | None, now_s: float) -> Session | None:
        """The live session of that token, which is seen by this."""
        session = self._open.get(_digest(token)) if token else None
        if session is None:
            return None
        if self._over(session, now_s):
            self._end(session)
            return None
        self._see(session, now_s)
        return session

    def alive(self, session: Session, now_s: float) -> bool:
        """Whether an open page may go on."""
        if self._open.get(session.digest) is not session or self._over(session, now_s):
            return False
        self._see(session, now_s)
        return True

    def close(self, token: str | None) -> Session | None:
        """Logs out; gives the session that was, if any."""
        session = self._open.get(_digest(token)) if token else None
        if session is not None:
            self._end(session)
        return session

    def save(self) -> None:
        """Returns when those who came and went are kept, so that a process that is killed now forgets none; may wait.

        Where they cannot be kept it says so, and they are kept later.
        """
        if self._kept is not None:
            self._kept.save()

    def of(self, agent: str) -> list[Session]:
        return [session for session in self._open.values() if session.agent == agent]

    def _expire(self, now_s: float) -> None:
        for session in [session for session in self._open.values() if self._over(session, now_s)]:
            self._end(session)

    def _over(self, session: Session, now_s: float) -> bool:
        idle = session.sockets == 0 and now_s - session.seen_s > IDLE_S
        old = now_s - session.began_s > ABSOLUTE_S
        return idle or old or session.mark != self._mark(session.agent)

    def _see(self, session: Session, now_s: float) -> None:
        session.seen_s = now_s
        if now_s - session.kept_s >= KEEP_SEEN_S:
            session.kept_s = now_s
            self._keep(session)

    def _keep(self, session: Session) -> None:
        if self._kept is not None:
            ahead_s = self._wall_ahead_s
            row = KeptSession(
                session.digest, session.agent, session.mark, session.began_s + ahead_s, session.seen_s + ahead_s
            )
            self._kept.keep(row)

    def _end(self, session: Session) -> None:
        self._open.pop(session.digest, None)
        if self._kept is not None:
            self._kept.forget(session.digest)


def csrf(token: str) -> str:
    """What must come with every request that changes anything: made of the session's name, so kept nowhere."""
    return hmac.new(token.encode("utf-8", "replace"), b"csrf", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
