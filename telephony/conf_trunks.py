"""Trunks in pjsip.conf: one endpoint `trunk-<name>` a trunk, so that a channel's name says on which line it came.

The name also serves the way out: `PJSIP/<number>@trunk-<name>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from telephony.conf_safe import network, safe

PREFIX: Final = "trunk-"
"""What the names of all trunks' endpoints begin with, and no telephone's account."""

_NAME: Final = r"[a-z][a-z0-9_]{0,39}"
_CHANNEL: Final = re.compile(r"PJSIP/trunk-([a-z][a-z0-9_]{0,39})-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkAccount:
    """An operator or a PABX: calls from the addresses or networks `match` come from it."""

    name: str
    match: tuple[str, ...] = ()


def trunk_of(channel: str) -> str:
    """The trunk on which Asterisk has the channel; empty if it is none's."""
    found = _CHANNEL.fullmatch(channel)
    return found[1] if found else ""


def endpoint(name: str, context: str, dtmf_mode: str, media: str) -> list[str]:
    """What trunks and telephones share; sound leaves and arrives on `media` alone, any address if that is 0.0.0.0."""
    bound = [] if media == "0.0.0.0" else [f"media_address={media}", "bind_rtp_to_media_address=yes"]
    return [
        f"[{name}]",
        "type=endpoint",
        "transport=udp",
        f"context={context}",
        "disallow=all",
        "allow=alaw",
        "direct_media=no",
        "rtp_symmetric=yes",
        "send_connected_line=no",
        "trust_connected_line=no",
        "force_rport=yes",
        "rewrite_contact=yes",
        f"dtmf_mode={dtmf_mode}",
        "allow_transfer=no",
        "allow_overlap=no",
        *bound,
    ]


def sections(trunk: TrunkAccount, media: str) -> list[str]:
    """The lines of one trunk.  Raises UnsafeValue."""
    name = PREFIX + safe(trunk.name, _NAME, "trunks.name")
    return [
        *endpoint(name, "from-trunk", "auto_info", media),
        "identify_by=ip",
        "trust_id_inbound=yes",
        f"[{name}]",
        "type=identify",
        f"endpoint={name}",
        *(f"match={network(match, 'trunks.match')}" for match in trunk.match),
    ]
