"""`./allo webhooks`, as it is typed: what waits, an attempt at a real receiver, what is woken."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_bridge.keys import RecordKeys
from crm_bridge.outbox import New, Outbox
from runtime.crm import usable
from traffic.receiver import Receiver

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + "QWxsbyBzaWduZSBzZXMgd2ViaG9va3MuLi4u"
NOW_MS = 1_800_000_000_000


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(SECRET)


@pytest.fixture
async def home(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Path]:
    """A configuration that tells `receiver`, with one webhook that waits."""
    shutil.copytree(ROOT / "tests" / "config" / "good", tmp_path / "config")
    async with receiver.listening("127.0.0.1") as url:
        (tmp_path / "config" / "crm.yaml").write_text(
            f"webhooks: {{endpoints: {{usagers: {{url: {url}, secret_env: ALLO_WEBHOOK_TEST}}}}}}"
        )
        outbox = Outbox(tmp_path / "run/webhooks/outbox.db", RecordKeys(tmp_path / "run/keys/records.json"))
        waiting = New(
            endpoint="usagers",
            interaction="i",
            id="i-w1",
            type="interaction.ended",
            tenant="t",
            body=b"{}",
            record=None,
            made_at_ms=NOW_MS,
        )
        outbox.keep(1, {}, [waiting], NOW_MS)
        outbox.disable("usagers", "410")
        outbox.close()
        yield tmp_path


async def allo(home: Path, *words: str, secret: str = SECRET) -> tuple[int, str]:
    surroundings = {**os.environ, "ALLO_HOME": str(home), "PYTHONPATH": str(ROOT), "ALLO_WEBHOOK_TEST": secret}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "runtime", "webhooks", *words, "--config", str(home / "config")),
        env=surroundings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(child.communicate(), 60)
    return child.returncode or 0, said.decode()


async def test_listed_woken_and_enabled(home: Path) -> None:
    code, said = await allo(home, "list")
    assert (code, "ARRÊTÉ (410)" in said, "i-w1" in said, "abandonné" in said) == (0, True, True, True)
    assert (await allo(home, "retry", "i-w1"))[0] == 0
    assert (await allo(home, "enable", "usagers"))[0] == 0
    said = (await allo(home, "list"))[1]
    assert ("en service" in said, "1 en attente" in said) == (True, True)
    assert (await allo(home, "retry", "i-w2"))[0] == 1
    assert "Possibles : usagers" in (await allo(home, "enable", "usager"))[1]


async def test_an_attempt_says_what_the_receiver_answered(home: Path, receiver: Receiver) -> None:
    assert await allo(home, "test", "usagers") == (0, "Reçu et accepté.\n")
    assert [told.type for told in receiver.taken] == ["test"]
    receiver.answers.append("html")
    code, said = await allo(home, "test", "usagers")
    assert (code, "pare-feu" in said) == (1, True)
    code, said = await allo(home, "test", "usagers", secret="whsec_short")
    assert (code, "base64" in said) == (1, True)


@pytest.mark.parametrize("secret", ["", "whsec_", SECRET.removeprefix("whsec_"), "whsec_AAAA", "whsec_" + "é" * 40])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    assert not usable(secret)
    assert usable(SECRET)
