"""Identities: minted once, derived ever after.

The loop mints one UUIDv7 per interaction (`mint`).  Everything that we create for that interaction (legs, playbacks,
offers, orders) takes its name from it with a counter, chosen before we act and never reused, so that a name found in
Asterisk, in the journal or in a log says by itself whose it is.  Names given by peers (Asterisk's channel names and
unique ids) are only aliases.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

InteractionId = str
LegId = str
OfferId = str
PlaybackId = str
OrderId = str
TaskId = str

CALLER: Final = "c"
AGENT: Final = "a"
DIALLED: Final = "d"
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_MINTED: Final = re.compile(_UUID)
_LISTENING: Final = re.compile(rf"{_UUID}-h[1-9]\d*")
_LEG: Final = re.compile(rf"^({_UUID})-([a-z]\d*)$")


def mint(now_ms: int, entropy: bytes) -> InteractionId:
    """A UUIDv7 (RFC 9562) of `now_ms` (Unix milliseconds) and ten random bytes."""
    if len(entropy) != 10:
        raise ValueError(f"entropy must be 10 bytes, was {len(entropy)}")
    if not 0 <= now_ms < 1 << 48:
        raise ValueError(f"now_ms must fit 48 bits, was {now_ms}")
    rand_a = int.from_bytes(entropy[:2], "big") & 0x0FFF
    rand_b = int.from_bytes(entropy[2:], "big") & 0x3FFF_FFFF_FFFF_FFFF
    digits = f"{(now_ms << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def caller_leg(interaction: InteractionId) -> LegId:
    """The leg of the person who called."""
    return f"{interaction}-{CALLER}"


def agent_leg(interaction: InteractionId, number: int) -> LegId:
    """The leg of the `number`-th agent rung for this interaction; Asterisk gets it as the channel's unique id."""
    return f"{interaction}-{AGENT}{number}"


def dialled_leg(interaction: InteractionId, number: int) -> LegId:
    """The leg of the `number`-th telephone number dialled for this interaction."""
    return f"{interaction}-{DIALLED}{number}"


def offer(interaction: InteractionId, number: int) -> OfferId:
    return f"{interaction}-o{number}"


def playback(interaction: InteractionId, number: int) -> PlaybackId:
    return f"{interaction}-p{number}"


def message(interaction: InteractionId, number: int) -> str:
    """The recording of what the caller said, the `number`-th time they were asked to."""
    return f"{interaction}-m{number}"


def listening(interaction: InteractionId, number: int) -> str:
    """The `number`-th time that this caller is listened to."""
    return f"{interaction}-h{number}"


def is_listening(name: str) -> bool:
    return _LISTENING.fullmatch(name) is not None


def socket_of(listening: str) -> str:
    """The UUID by which Asterisk names the sound of this listening to whoever hears it."""
    digits = hashlib.sha256(listening.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def task(left_by: str) -> TaskId:
    """What is left to do after this interaction, or because of this message."""
    return f"{left_by}-t"


def interaction_of(derived: str) -> InteractionId | None:
    """The interaction that a leg, offer or playback belongs to; None for a name that is not ours."""
    found = _LEG.match(derived)
    return found[1] if found else None


def minted_at_ms(interaction: InteractionId) -> int | None:
    """When it was minted (Unix milliseconds); None for a name that is not ours."""
    return int(interaction[:8] + interaction[9:13], 16) if _MINTED.fullmatch(interaction) else None


def is_caller(leg: LegId) -> bool:
    return leg.endswith(f"-{CALLER}")


def is_agent(leg: LegId) -> bool:
    """Whether the leg is an agent's telephone, neither a caller nor a number that we dialled."""
    return leg.rpartition("-")[2].startswith(AGENT)
