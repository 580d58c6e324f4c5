"""centre.yaml, the trunks: an operator or a PABX each, how it is reached and how many calls it takes.

The minds get a `Line` (what is counted, and where the service dialled stands), the telephony a `Trunk` (how Asterisk
speaks with it).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Final, cast

import msgspec

from core.centre import Header, Line
from runtime.settings import values
from runtime.settings.faults import Mark
from runtime.settings.reading import Fields
from telephony.conf_trunks import SESSION_LEAST_S, Codec, Dtmf, Encryption, Prack, Transport

SECOND: Final = 1_000
HOUR: Final = 3_600_000
# What a primary rate link carries, and what most operators sell first.
CHANNELS: Final = 30
CHANNELS_MOST: Final = 2_000
# Unless told otherwise, one channel in so many is kept for transfers and callbacks.
RESERVED_IN: Final = 10
# Operators have two or three; each costs an OPTIONS every few seconds.
PROXIES_MOST: Final = 8

HEADERS: Final = ("request_uri", "to", "diversion", "history_info")
TRANSPORTS: Final = ("udp", "tls")
ENCRYPTIONS: Final = ("none", "srtp")
PRACKS: Final = ("on_demand", "always", "never")
DTMFS: Final = ("auto_info", "rfc4733", "info", "inband")
CODECS: Final = ("alaw", "ulaw")
_PLACE: Final = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::([1-9][0-9]{0,4}))?")
_USER: Final = re.compile(r"[A-Za-z0-9+_.-]{1,64}")
_USER_SAID: Final = "lettres sans accent, chiffres et « + _ . - », 64 au plus"
_ALIAS: Final = re.compile(r"\+?[0-9]{1,20}")
_ALIAS_SAID: Final = 'des chiffres entre guillemets, tels que la ligne les envoie : "5001"'


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """The account by which we tell an operator where we are; `secret_env` names the variable that has its password."""

    server: str
    user: str
    secret_env: str
    expiry_ms: int


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """An operator or a PABX: calls from the addresses or networks `match` reach the services."""

    name: str
    match: tuple[str, ...]
    registration: Registration | None = None
    proxies: tuple[str, ...] = ()
    qualify_ms: int = 30_000
    transport: Transport = "udp"
    encryption: Encryption = "none"
    codecs: tuple[Codec, ...] = ("alaw",)
    session_timer_ms: int = 1_800_000
    prack: Prack = "on_demand"
    dtmf: Dtmf = "auto_info"
    fax_detection: bool = True


class Trunks(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, as the telephony and as the minds need them; `first_tls` is where the first over TLS says so."""

    trunks: dict[str, Trunk]
    lines: dict[str, Line]
    first_tls: Mark | None


def read_trunks(root: Fields, services: Collection[str]) -> Trunks:
    """The block `trunks`; `services` are the numbers of the services."""
    trunks: dict[str, Trunk] = {}
    lines: dict[str, Line] = {}
    places: dict[str, Mark] = {}
    first_tls: Mark | None = None
    for key, (named, node) in root.mapping("trunks", values.NAME, values.NAME_SAID, required=False).items():
        fields = Fields(root.faults, node, named.field)
        trunk = _trunk(key, fields)
        if trunk.transport == "tls":
            first_tls = first_tls or fields.mark_of("transport")
        if trunk.encryption == "srtp" and trunk.transport != "tls":
            what = "srtp demande transport: tls, sinon les clés du son passent en clair"
            fields.faults.add(fields.mark_of("encryption"), fields.at("encryption"), what)
        _check_apart(trunk, fields, places)
        trunks[key] = trunk
        lines[key] = _line(trunk, fields, services)
        fields.close()
    return Trunks(trunks=trunks, lines=lines, first_tls=first_tls)


def _trunk(key: str, fields: Fields) -> Trunk:
    registration = _registration(fields)
    proxies = _proxies(fields)
    match = _match(fields, required=registration is None)
    return Trunk(
        name=key,
        match=match,
        registration=registration,
        proxies=proxies,
        qualify_ms=fields.duration_ms("qualify", 30 * SECOND, SECOND, HOUR),
        transport=cast("Transport", fields.one_of("transport", TRANSPORTS, "udp")),
        encryption=cast("Encryption", fields.one_of("encryption", ENCRYPTIONS, "none")),
        codecs=_codecs(fields),
        session_timer_ms=fields.duration_ms("session_timer", HOUR // 2, SESSION_LEAST_S * SECOND, 24 * HOUR),
        prack=cast("Prack", fields.one_of("prack", PRACKS, "on_demand")),
        dtmf=cast("Dtmf", fields.one_of("dtmf", DTMFS, "auto_info")),
        fax_detection=fields.flag("fax_detection", True),
    )


def _registration(parent: Fields) -> Registration | None:
    fields = parent.block("registration")
    if fields is None:
        return None
    found = Registration(
        server=fields.value("server", _place, ""),
        user=fields.name("user", _USER, _USER_SAID).text,
        secret_env=fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID).text,
        expiry_ms=fields.duration_ms("expiry", HOUR, 60 * SECOND, 24 * HOUR),
    )
    fields.close()
    return found


def _proxies(fields: Fields) -> tuple[str, ...]:
    found: list[str] = []
    for item, field in fields.sequence("proxies", required=False):
        try:
            place = _place(item.text)
        except values.Unfit as unfit:
            fields.faults.add(item.mark, field, str(unfit))
            continue
        if place in found:
            fields.faults.add(item.mark, field, f"« {place} » est deux fois dans la liste, gardez-en un")
        found.append(place)
    if len(found) > PROXIES_MOST:
        fields.faults.add(fields.mark_of("proxies"), fields.at("proxies"), f"{len(found)}, {PROXIES_MOST} au plus")
    return tuple(found)


def _place(written: str) -> str:
    """A host, with a port if it is not the usual one."""
    found = _PLACE.fullmatch(written)
    unfit = values.Unfit(
        f"« {written[:60]} » n'est pas un serveur, écrivez sip.operateur.example, 192.0.2.10 ou 192.0.2.10:5062"
    )
    if found is None or (found[2] and int(found[2]) > 65_535):
        raise unfit
    if not found[1].strip("0123456789."):
        try:
            ipaddress.IPv4Address(found[1])
        except ValueError:
            raise unfit from None
    return written


def _codecs(fields: Fields) -> tuple[Codec, ...]:
    """A-law is what the French network speaks: it comes first, whatever else may follow."""
    named = fields.names("codecs", re.compile("|".join(CODECS)), " ou ".join(CODECS), required=False)
    if named and named[0].text != "alaw":
        fields.faults.add(named[0].mark, named[0].field, "le réseau français parle alaw : mettez-le en premier")
    return tuple(cast("Codec", one.text) for one in named) or ("alaw",)


def _line(trunk: Trunk, fields: Fields, services: Collection[str]) -> Line:
    before = len(fields.faults)
    channels = fields.integer("channels", CHANNELS, 1, CHANNELS_MOST)
    reserved = fields.integer("reserved", channels // RESERVED_IN, 0, CHANNELS_MOST)
    if reserved >= channels and len(fields.faults) == before:
        what = f"{reserved} canaux réservés sur {channels} : il n'en reste aucun pour appeler, réservez-en moins"
        fields.faults.add(fields.mark_of("reserved"), fields.at("reserved"), what)
    headers = fields.names("service_from", re.compile("|".join(HEADERS)), ", ".join(HEADERS), required=False)
    return Line(
        name=trunk.name,
        channels=channels,
        reserved=reserved,
        show=fields.value("show", shown, "", ""),
        outward=bool(trunk.proxies) or trunk.registration is not None,
        service_from=tuple(cast("Header", header.text) for header in headers) or cast("tuple[Header, ...]", HEADERS),
        aliases=_aliases(fields, services),
    )


def _aliases(parent: Fields, services: Collection[str]) -> dict[str, str]:
    inner = parent.block("aliases")
    if inner is None:
        return {}
    found = {}
    for key in parent.mapping("aliases", _ALIAS, _ALIAS_SAID, required=False):
        number = found[key] = inner.value(key, values.number, "")
        if number and number not in services:
            what = f"{number} n'est le numéro d'aucun service, ajoutez-le à l'un d'eux"
            inner.faults.add(inner.mark_of(key), inner.at(key), what)
    return found


def shown(written: str) -> str:
    """A number that the public network carries: 39xx is dialled and never presented."""
    number = values.number(written)
    if not number.startswith("+"):
        raise values.Unfit(f"« {written} » ne peut pas être présenté, donnez un numéro géographique (01… à 05…, 09…)")
    return number


def _match(fields: Fields, required: bool) -> tuple[str, ...]:
    match = []
    for item, field in fields.sequence("match", required=required):
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


def _check_apart(trunk: Trunk, fields: Fields, places: dict[str, Mark]) -> None:
    """An address belongs to one trunk: a call from it must not be counted on another."""
    for match in trunk.match:
        for other, mark in places.items():
            if ipaddress.ip_network(match).overlaps(ipaddress.ip_network(other)):
                what = f"{match} est déjà dans une autre ligne (ligne {mark.line} du fichier), une adresse par ligne"
                fields.faults.add(fields.mark_of("match"), fields.at("match"), what)
    places.update((match, fields.mark_of("match")) for match in trunk.match)


def known_by_address_first(trunks: dict[str, Trunk], phones: tuple[str, ...]) -> bool:
    """Whether no trunk shares an address with the telephones' networks `phones`: then whoever calls from a trunk's
    address is the trunk, even with a caller's number that is the account of a telephone."""
    theirs = [ipaddress.ip_network(match) for trunk in trunks.values() for match in trunk.match]
    named = any(not _is_address(place) for trunk in trunks.values() for place in trunk.proxies)
    ours = [ipaddress.ip_network(network) for network in phones]
    return bool(ours) and not named and not any(one.overlaps(other) for one in theirs for other in ours)


def _is_address(place: str) -> bool:
    return not place.partition(":")[0].strip("0123456789.")


def read_networks(fields: Fields, name: str) -> tuple[str, ...]:
    """A list of networks that may be empty."""
    found = []
    for item, field in fields.sequence(name, required=False):
        try:
            found.append(_network(item.text))
        except values.Unfit as unfit:
            fields.faults.add(item.mark, field, str(unfit))
    return tuple(found)
