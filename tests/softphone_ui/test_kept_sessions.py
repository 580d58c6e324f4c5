"""The sessions' file: what is kept is found, what is forgotten is gone, and no fault of it goes further."""

from __future__ import annotations

from pathlib import Path

from softphone_ui.kept_sessions import KeptSession, KeptSessions

FIRST = KeptSession("a1", "alice", "m", 10.0, 20.0)
SECOND = KeptSession("b2", "bruno", "m", 11.0, 12.0)


def test_what_is_kept_is_found_by_the_next_start_the_oldest_first(tmp_path: Path) -> None:
    kept = KeptSessions(tmp_path / "new" / "sessions.db")
    for session in (SECOND, FIRST, FIRST._replace(seen_s=30.0)):
        kept.keep(session)
    again = KeptSessions(tmp_path / "new" / "sessions.db")
    assert again.all() == [FIRST._replace(seen_s=30.0), SECOND]
    again.forget("a1")
    again.forget("nobody's")
    assert KeptSessions(tmp_path / "new" / "sessions.db").all() == [SECOND]


def test_a_place_that_cannot_be_had_costs_only_what_would_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = KeptSessions(tmp_path / "file" / "sessions.db")
    kept.keep(FIRST)
    kept.forget("a1")
    assert kept.all() == []
    kept.close()
