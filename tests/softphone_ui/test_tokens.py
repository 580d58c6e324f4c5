"""Tokens: told once, kept as a digest, out when removed; a flood is slowed down."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from softphone_ui.passwords import PasswordFault, PasswordFile
from softphone_ui.tokens import BURST, EVERY_S, Door, Tokens


def shelf(tmp_path: Path) -> Tokens:
    return Tokens(PasswordFile(tmp_path / "tokens.json"))


def test_a_token_opens_until_it_is_removed_and_rests_nowhere(tmp_path: Path) -> None:
    token = shelf(tmp_path).add("site", tenant="nord", scopes=("messages",), made_on="2026-11-23")
    found = shelf(tmp_path).find(token)
    assert found is not None
    assert (found.name, found.tenant, found.scopes) == ("site", "nord", ("messages",))
    kept = tmp_path / "tokens.json"
    assert token not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert shelf(tmp_path).find(token + "x") is None
    shelf(tmp_path).remove("site")
    assert shelf(tmp_path).find(token) is None
    assert shelf(tmp_path).all() == []


def test_a_name_is_given_once_and_one_that_there_is_not_cannot_be_removed(tmp_path: Path) -> None:
    tokens = shelf(tmp_path)
    tokens.add("site", tenant="", scopes=("messages",), made_on="")
    with pytest.raises(PasswordFault, match="existe déjà"):
        tokens.add("site", tenant="", scopes=("messages",), made_on="")
    with pytest.raises(PasswordFault, match="Aucun jeton"):
        tokens.remove("autre")


def test_a_flood_waits_and_another_system_does_not(tmp_path: Path) -> None:
    door = Door(shelf(tmp_path))
    assert [door.wait_s("site", 0.0) for _ in range(BURST)] == [0.0] * BURST
    assert 0.0 < door.wait_s("site", 0.0) <= EVERY_S
    assert door.wait_s("autre", 0.0) == 0.0
    assert door.wait_s("site", EVERY_S) == 0.0
