"""A look at the trunks of a node from beside whoever drives it: a login of its own that orders nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.errors import LinkDown
from telephony.conf_trunks import PREFIX, trunk_of
from telephony.dialled import Said
from telephony.link import AmiAddress, AmiLink, either
from telephony.snapshot import proxies_of, registrations_of
from telephony.trunks import trunk_of_aor
from telephony.wire import Message

LOGIN_S: Final = 3.0
_PARTS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where calls of ours go: `answer_ms` of its last OPTIONS, None without one."""

    place: str
    status: str
    answer_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """How the last call came: `caller` lacks its last four digits, and is empty if withheld."""

    at_s: int
    said: Said
    caller: str
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One trunk as Asterisk has it; `registration` is empty if it does not register."""

    registration: str
    proxies: tuple[Proxy, ...]
    channels: int
    last: Last | None


async def look(address: AmiAddress, trunks: Iterable[str]) -> dict[str, Sight]:
    """The trunks named, in their order.  Raises LinkDown with why, AnswerMissing or ActionRefused."""
    up = asyncio.Event()
    link = AmiLink(address, wanted=frozenset(), on_up=up.set, on_down=_nothing, on_event=_nothing)
    link.start()
    try:
        try:
            async with asyncio.timeout(LOGIN_S):
                await either(up, link.denied)
        except TimeoutError:
            raise LinkDown(link.fault or "Asterisk ne répond pas") from None
        if not up.is_set():
            raise LinkDown(link.fault or "Asterisk refuse")
        return await _sights(link, list(trunks))
    finally:
        await link.stop()


async def _sights(link: AmiLink, trunks: list[str]) -> dict[str, Sight]:
    channels = [trunk_of(row.get("Channel", "")) for row in await link.ask("CoreShowChannels")]
    proxies = await proxies_of(link)
    registrations = {row.get("ObjectName", ""): row.get("Status", "") for row in await registrations_of(link)}
    return {
        name: Sight(
            registration=registrations.get(PREFIX + name, ""),
            proxies=tuple(_proxy(row) for row in proxies if trunk_of_aor(row.get("AOR", "")) == name),
            channels=channels.count(name),
            last=last_of((await link.act("Getvar", [("Variable", f"ALLO_LAST_{name}")])).get("Value", "")),
        )
        for name in trunks
    }


def _proxy(row: Message) -> Proxy:
    microseconds = row.get("RoundtripUsec", "")
    answer_ms = int(microseconds) / 1000 if microseconds.isdecimal() else None
    return Proxy(
        place=row.get("URI", "").removeprefix("sip:").partition(";")[0],
        status=row.get("Status", ""),
        answer_ms=answer_ms,
    )


def last_of(value: str) -> Last | None:
    """What the dialplan noted of a trunk's last call (conf_texts.py); None of nothing, or of anything else."""
    parts = value.split("/")
    if len(parts) != _PARTS or not parts[0].isdecimal():
        return None
    said = Said(request_uri=parts[1], to=parts[2], diversion=parts[3], history_info=parts[4])
    withheld = parts[6].startswith("prohib")
    return Last(at_s=int(parts[0]), said=said, caller="" if withheld else parts[5], withheld=withheld)


def _nothing(_told: object) -> None:
    """Nobody listens."""
