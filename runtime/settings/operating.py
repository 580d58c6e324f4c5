"""centre.yaml, the block of those who operate the centre: where it says how it is, and how it writes its log."""

from __future__ import annotations

import ipaddress
from typing import Literal, cast

import msgspec

from runtime.settings import values
from runtime.settings.reading import Fields

Level = Literal["debug", "info", "warning", "error"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Where a supervision may ask over HTTP: /health/live, /health/ready, /metrics.  No port: nowhere."""

    bind: str = "127.0.0.1"
    port: int = 0


class Operating(msgspec.Struct, frozen=True, kw_only=True):
    """`log_json`: a line of JSON a happening, for a collector, instead of a line for people."""

    health: Health = Health()
    log_json: bool = False
    log_level: Level = "info"


def read_operating(root: Fields) -> Operating:
    """The block `operating`; without it nothing listens."""
    fields = root.block("operating")
    if fields is None:
        return Operating()
    health = _health(fields)
    logs = fields.block("logs")
    operating = Operating(health=health)
    if logs is not None:
        operating = Operating(
            health=health,
            log_json=logs.one_of("format", ("text", "json"), "text") == "json",
            log_level=cast("Level", logs.one_of("level", ("debug", "info", "warning", "error"), "info")),
        )
        logs.close()
    fields.close()
    return operating


def _health(parent: Fields) -> Health:
    fields = parent.block("health")
    if fields is None:
        return Health()
    health = Health(
        bind=fields.value("bind", _address, "127.0.0.1", "127.0.0.1"), port=fields.integer("port", 9464, 1, 65_535)
    )
    fields.close()
    return health


def _address(written: str) -> str:
    """Figures of a centre are nobody else's: never every address at once."""
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        raise values.Unfit(f"« {written[:60]} » n'est pas une adresse IP, écrivez 127.0.0.1") from None
    if address.is_unspecified:
        raise values.Unfit("ouvre la surveillance à tous les réseaux, écrivez 127.0.0.1")
    return str(address)
