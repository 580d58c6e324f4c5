"""The receiver believes what is signed, once, and can be told to fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import aiohttp
from standardwebhooks import Webhook

from traffic.receiver import Receiver

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBmaWN0aXRpb3VzIHRvd24="


async def tell(url: str, name: str, *, secret: str = SECRET) -> int:
    body = json.dumps({"type": "interaction.arrived"})
    now = datetime.now(tz=UTC)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, now, body),
    }
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_what_is_signed_is_taken_once() -> None:
    receiver = Receiver(SECRET)
    async with receiver.listening("127.0.0.1") as url:
        assert [await tell(url, "a"), await tell(url, "b"), await tell(url, "a")] == [204, 204, 204]
    assert [told.id for told in receiver.taken] == ["a", "b"]
    assert (receiver.repeated, receiver.taken[0].type) == (1, "interaction.arrived")


async def test_what_another_signed_is_refused() -> None:
    receiver = Receiver(SECRET)
    async with receiver.listening("127.0.0.1") as url:
        assert await tell(url, "a", secret="whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgYW5vdGhlciB0b3du") == 401
    assert (receiver.taken, receiver.refused) == ([], 1)


async def test_it_fails_as_told_and_then_takes() -> None:
    receiver = Receiver(SECRET, answers=[503, "html"])
    async with receiver.listening("127.0.0.1") as url:
        assert [await tell(url, "a"), await tell(url, "a"), await tell(url, "a")] == [503, 200, 204]
    assert [told.id for told in receiver.taken] == ["a"]
