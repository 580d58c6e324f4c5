"""`./allo token` and `./allo message`: a token that is shown once opens the door, and a refusal says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.commands.messages import REASONS, post
from runtime.commands.tokens import _do
from runtime.settings import Loaded, load
from softphone_ui.passwords import PasswordFile
from softphone_ui.tokens import Tokens
from tests.softphone_ui.house import House
from tests.tidy.packages import ROOT


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(ROOT / "config")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.start()
    yield house
    await house.stop()


def test_a_token_is_shown_once_listed_and_removed(
    loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = Tokens(PasswordFile(tmp_path / "tokens.json"))
    assert _do(loaded, tokens, "add", "site", "yvelines") == 0
    token = capsys.readouterr().out.split("\n")[0]
    assert tokens.find(token) is not None
    assert _do(loaded, tokens, "list", "", "") == 0
    told = capsys.readouterr().out
    assert "site  yvelines" in told
    assert token not in told
    assert _do(loaded, tokens, "remove", "site", "") == 0
    assert tokens.find(token) is None


@pytest.mark.parametrize(
    ("do", "name", "tenant", "said"),
    [
        ("add", "Le Site", "yvelines", "minuscules"),
        ("add", "site", "", "Pour quelle organisation"),
        ("add", "site", "ailleurs", "Pour quelle organisation"),
        ("show", "site", "", "token add NOM"),
    ],
)
def test_what_is_typed_wrong_is_told_with_the_remedy(
    loaded: Loaded, tmp_path: Path, capsys: pytest.CaptureFixture[str], do: str, name: str, tenant: str, said: str
) -> None:
    tokens = Tokens(PasswordFile(tmp_path / "tokens.json"))
    assert _do(loaded, tokens, do, name, tenant) == 1
    assert said in capsys.readouterr().err
    assert tokens.all() == []


async def test_a_message_is_brought_and_a_refusal_has_words(house: House) -> None:
    token = house.door.tokens.add("site", tenant="nord", scopes=("messages",), made_on="")
    address = f"{house.origin}/api/messages"
    body = {"id": "1", "channel": "form", "service": "solidarites", "text": "Bonjour."}
    status, answer = await asyncio.to_thread(post, address, token, body)
    assert (status, set(answer)) == (202, {"interaction"})
    status, answer = await asyncio.to_thread(post, address, "allo_x", body)
    assert status == 401
    assert answer["reason"] in REASONS
