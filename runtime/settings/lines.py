"""centre.yaml, the trunks: an operator or a PABX each, how it is reached and how many calls it takes.

The minds get a `Line` (what is counted), the telephony a `Trunk` (how Asterisk speaks with it).
"""

from __future__ import annotations

import ipaddress

import msgspec

from core.centre import Line
from runtime.settings import values
from runtime.settings.reading import Fields

# What a primary rate link carries, and what most operators sell first.
CHANNELS: int = 30
CHANNELS_MOST: int = 2_000
# Unless told otherwise, one channel in so many is kept for transfers and callbacks.
RESERVED_IN: int = 10


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """An operator or a PABX: calls from the addresses or networks `match` reach the services."""

    name: str
    match: tuple[str, ...]


def read_trunks(root: Fields) -> tuple[dict[str, Trunk], dict[str, Line]]:
    """The block `trunks`, as the telephony and as the minds need it."""
    trunks: dict[str, Trunk] = {}
    lines: dict[str, Line] = {}
    for key, (named, node) in root.mapping("trunks", values.NAME, values.NAME_SAID, required=False).items():
        fields = Fields(root.faults, node, named.field)
        trunks[key] = Trunk(name=key, match=_match(fields))
        lines[key] = _line(key, fields)
        fields.close()
    return trunks, lines


def _line(key: str, fields: Fields) -> Line:
    channels = fields.integer("channels", CHANNELS, 1, CHANNELS_MOST)
    reserved = fields.integer("reserved", channels // RESERVED_IN, 0, CHANNELS_MOST)
    if reserved >= channels:
        what = f"{reserved} canaux réservés sur {channels} : il n'en reste aucun pour appeler, réservez-en moins"
        fields.faults.add(fields.mark_of("reserved"), fields.at("reserved"), what)
    return Line(name=key, channels=channels, reserved=reserved, show=fields.value("show", _shown, "", ""))


def _shown(written: str) -> str:
    """A number that the public network carries: 39xx is dialled and never presented."""
    number = values.number(written)
    if not number.startswith("+"):
        raise values.Unfit(f"« {written} » ne peut pas être présenté, donnez un numéro géographique (01… à 05…, 09…)")
    return number


def _match(fields: Fields) -> tuple[str, ...]:
    match = []
    for item, field in fields.sequence("match"):
        try:
            match.append(_network(item.text))
        except values.Unfit as unfit:
            fields.faults.add(item.mark, field, str(unfit))
    return tuple(match)


def _network(written: str) -> str:
    try:
        network = ipaddress.ip_network(written, strict=False)
    except ValueError:
        raise values.Unfit(f"« {written[:60]} » n'est pas une adresse, écrivez 192.0.2.10 ou 192.0.2.0/28") from None
    if network.prefixlen == 0:
        raise values.Unfit("accepterait le monde entier, donnez les adresses de l'opérateur")
    return str(network.network_address) if network.num_addresses == 1 else str(network)
