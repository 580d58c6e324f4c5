"""Passwords rest as argon2id hashes, for their owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from softphone_ui.passwords import LEAST_CHARACTERS, PasswordFault, Passwords, made_up


async def test_only_the_right_password_is_right_and_the_file_holds_none(tmp_path: Path) -> None:
    passwords = Passwords(tmp_path / "run" / "passwords.json")
    word = made_up()
    passwords.set("alice", word)
    assert await passwords.right("alice", word)
    assert not await passwords.right("alice", word + "x")
    assert not await passwords.right("bruno", word)
    text = (tmp_path / "run" / "passwords.json").read_text()
    assert word not in text
    assert "$argon2id$" in text
    assert stat.S_IMODE((tmp_path / "run" / "passwords.json").stat().st_mode) == 0o600


async def test_a_password_set_by_another_process_holds_at_once(tmp_path: Path) -> None:
    one, other = Passwords(tmp_path / "p.json"), Passwords(tmp_path / "p.json")
    one.set("alice", "premier mot de passe")
    assert await one.right("alice", "premier mot de passe")
    other.set("alice", "second mot de passe")
    assert await one.right("alice", "second mot de passe")
    assert not await one.right("alice", "premier mot de passe")


@pytest.mark.parametrize("word", ["", "x" * (LEAST_CHARACTERS - 1), "x" * 201])
def test_a_password_that_is_too_short_or_too_long_is_refused_with_the_remedy(tmp_path: Path, word: str) -> None:
    with pytest.raises(PasswordFault, match="quatre mots"):
        Passwords(tmp_path / "p.json").set("alice", word)
    assert not (tmp_path / "p.json").exists()


async def test_a_damaged_file_lets_nobody_in_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(PasswordFault, match=r"\./allo password"):
        await Passwords(tmp_path / "p.json").right("alice", "premier mot de passe")


def test_made_up_passwords_differ_and_will_do(tmp_path: Path) -> None:
    words = {made_up() for _ in range(50)}
    assert len(words) == 50
    Passwords(tmp_path / "p.json").set("alice", words.pop())
