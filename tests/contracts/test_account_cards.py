"""Acceptance cards of accounts, in files and in a real PostgreSQL.

A1  only the right password is right, and none rests in clear
A2  a password that is set by another process holds at the next log-in, and its mark changes
A3  one that will not do is refused with the remedy, and nothing is written
A4  who was logged in is found by the next start, the oldest first; who left is not
A5  a place that cannot be had costs a log-in, never more, and is told without naming anybody
"""

from __future__ import annotations

import stat
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from runtime.accounts import make_passwords, make_sessions
from runtime.places import Places
from runtime.settings import JournalSettings
from softphone_ui.kept_sessions import Kept, KeptSession, KeptSessions
from softphone_ui.passwords import LEAST_CHARACTERS, PasswordFault, Passwords, made_up
from tests import servers

FIRST = KeptSession("a1", "alice", "m", 10.0, 20.0)
SECOND = KeptSession("b2", "bruno", "m", 11.0, 12.0)
QUICK = PasswordHasher(1, 8, 1)


class Accounts:
    """Opens the same passwords and sessions anew, as each process does."""

    def __init__(self, url: str, run: Path) -> None:
        self.settings = JournalSettings(url=url)
        self.places = Places(run=run)

    def passwords(self, hasher: PasswordHasher | None = QUICK) -> Passwords:
        return make_passwords(self.settings, self.places, hasher)

    def sessions(self) -> Kept:
        place = make_sessions(self.settings, self.places)
        return KeptSessions(place) if isinstance(place, Path) else place


@pytest.fixture(params=["file", "postgresql"])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Accounts:
    return Accounts(servers.database() if request.param == "postgresql" else "", tmp_path / "run")


def at_rest(accounts: Accounts) -> str:
    if not accounts.settings.url:
        file = accounts.places.passwords
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        return file.read_text()
    with psycopg.connect(accounts.settings.url) as connection:
        return str(connection.execute("SELECT * FROM allo_accounts.passwords").fetchall())


async def test_only_the_right_password_is_right_and_none_rests_in_clear(accounts: Accounts) -> None:
    passwords = accounts.passwords(None)
    word = made_up()
    passwords.set("alice", word)
    assert await passwords.right("alice", word)
    assert not await passwords.right("alice", word + "x")
    assert not await passwords.right("bruno", word)
    assert passwords.known() == {"alice"}
    text = at_rest(accounts)
    assert word not in text
    assert "$argon2id$" in text


async def test_a_password_set_by_another_process_holds_at_the_next_log_in_and_changes_the_mark(
    accounts: Accounts,
) -> None:
    one, other = accounts.passwords(), accounts.passwords()
    one.set("alice", "premier mot de passe")
    one.set("bruno", "celui de bruno reste")
    one.look()
    mark, brunos = one.mark("alice"), one.mark("bruno")
    assert await one.right("alice", "premier mot de passe")
    other.set("alice", "second mot de passe")
    assert await one.right("alice", "second mot de passe")
    assert not await one.right("alice", "premier mot de passe")
    one.look()
    assert one.mark("alice") != mark
    assert one.mark("bruno") == brunos


@pytest.mark.parametrize("word", ["", "x" * (LEAST_CHARACTERS - 1), "x" * 201])
def test_a_password_that_is_too_short_or_too_long_is_refused_with_the_remedy(accounts: Accounts, word: str) -> None:
    with pytest.raises(PasswordFault, match="quatre mots"):
        accounts.passwords().set("alice", word)
    assert accounts.passwords().known() == frozenset()


def test_who_is_kept_is_found_by_the_next_start_the_oldest_first(accounts: Accounts) -> None:
    kept = accounts.sessions()
    for session in (SECOND, FIRST, FIRST._replace(seen_s=30.0)):
        kept.keep(session)
    kept.save()
    again = accounts.sessions()
    assert again.all() == [FIRST._replace(seen_s=30.0), SECOND]
    again.forget("a1")
    again.forget("nobody's")
    again.close()
    kept.close()
    assert accounts.sessions().all() == [SECOND]


def test_a_demonstration_has_accounts_of_its_own(accounts: Accounts) -> None:
    accounts.passwords().set("alice", "premier mot de passe")
    there = make_passwords(accounts.settings, Places(run=accounts.places.run, demonstration=True), QUICK)
    assert there.known() == frozenset()


# The places fail, each in its own way.


async def test_a_damaged_file_lets_nobody_in_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(PasswordFault, match=r"\./allo password"):
        await Passwords(tmp_path / "p.json").right("alice", "premier mot de passe")


def test_a_file_that_cannot_be_had_costs_only_what_would_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = KeptSessions(tmp_path / "file" / "sessions.db")
    kept.keep(FIRST)
    kept.forget("a1")
    assert kept.all() == []
    kept.close()


async def test_a_server_that_is_away_lets_nobody_in_puts_nobody_out_and_is_told_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = Accounts(servers.database(), tmp_path)
    passwords, kept = accounts.passwords(), accounts.sessions()
    passwords.set("alice", "premier mot de passe")
    passwords.look()
    mark = passwords.mark("alice")
    kept.keep(SECOND)
    kept.save()
    servers.postgres().kill()
    with pytest.raises(PasswordFault, match="PostgreSQL"):
        await passwords.right("alice", "premier mot de passe")
    assert passwords.mark("alice") == mark, "who is here stays"
    kept.keep(FIRST)
    kept.forget("b2")
    kept.save()
    servers.postgres().start()
    assert await passwords.right("alice", "premier mot de passe")
    kept.save()
    assert accounts.sessions().all() == [FIRST]
    assert "alice" not in caplog.text


def test_made_up_passwords_differ_and_will_do(tmp_path: Path) -> None:
    words = {made_up() for _ in range(50)}
    assert len(words) == 50
    Passwords(tmp_path / "p.json").set("alice", words.pop())
