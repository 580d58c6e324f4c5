"""`./allo doctor trunk`: each trunk as it is now, and what to do or whom to ask where it is not well.

No number is shown whole but those of the services and the one that the operator calls: other headers hold people's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.centre import Centre, Header, Line
from core.errors import AlloError, ConfigurationFault
from runtime.commands.findings import Finding
from runtime.places import Places, Secrets, home
from runtime.settings import Loaded, Trunk, load
from telephony.dialled import Numbering, numbers_in
from telephony.link import AmiAddress
from telephony.looking import Last, Sight, look

HIDDEN: Final = "····"
ZONE: Final = ZoneInfo("Europe/Paris")
_HEADERS: Final[dict[Header, str]] = {
    "request_uri": "Request-URI",
    "to": "To",
    "diversion": "Diversion",
    "history_info": "History-Info",
}
_STATES: Final = {"Registered": "enregistrée", "Rejected": "refusée", "Unregistered": "pas encore enregistrée"}


def trunk_findings(config: Path) -> list[Finding]:
    """What there is to say of every trunk of this configuration."""
    try:
        loaded = load(config)
    except ConfigurationFault as fault:
        return [Finding(what="configuration", said=f"{len(fault.faults)} faute(s)", remedy=f"./allo check {config}")]
    lines = loaded.centre.lines
    if not lines:
        return [Finding(what="lignes", said="aucune", remedy="déclarez-en une dans trunks : voyez docs/trunks.md")]
    try:
        sights = asyncio.run(look(_address(loaded), lines))
    except (AlloError, KeyError) as fault:
        return [
            Finding(what="asterisk", said=f"ne se laisse pas lire ({fault})", remedy="ouvrez le centre : ./allo up")
        ]
    trunks = loaded.settings.telephony.trunks
    return [
        found
        for name, line in lines.items()
        for found in (protection(trunks[name]), *findings_of(loaded.centre, line, sights[name]))
    ]


def _address(loaded: Loaded) -> AmiAddress:
    ami = loaded.settings.telephony.ami
    secret = Secrets(Places(run=home() / "run").secrets).known("ami", ami.secret_env)
    return AmiAddress(ami.host, ami.port, ami.user, secret)


def findings_of(centre: Centre, line: Line, sight: Sight) -> Iterator[Finding]:
    """One trunk: registration, proxies, channels, last call."""
    if sight.registration:
        yield _registration(line.name, sight.registration)
    yield from _proxies(line, sight)
    yield _channels(line, sight.channels)
    yield _last(centre, line, sight.last)


def protection(trunk: Trunk) -> Finding:
    """What somebody on the way between the operator and us can read and hear, as configured: no call has less."""
    signalling = "signalisation chiffrée (TLS)" if trunk.transport == "tls" else "signalisation en clair (UDP)"
    sound = "son chiffré (SRTP)" if trunk.encryption == "srtp" else "son en clair"
    return Finding(what=trunk.name, said=f"{signalling}, {sound}")


def _registration(name: str, state: str) -> Finding:
    remedy = ""
    if state != "Registered":
        remedy = (
            "vérifiez server, user et la variable de secret_env, puis demandez à l'opérateur s'il voit nos REGISTER "
            "et s'il accepte l'adresse de ce centre"
        )
    return Finding(what=name, said=f"enregistrement : {_STATES.get(state, state)}", remedy=remedy)


def _proxies(line: Line, sight: Sight) -> Iterator[Finding]:
    if not sight.proxies:
        yield Finding(what=line.name, said="reçoit seulement : ni proxies ni registration")
    for proxy in sight.proxies:
        if proxy.status == "Reachable":
            answer = f" en {proxy.answer_ms:.0f} ms" if proxy.answer_ms is not None else ""
            yield Finding(what=line.name, said=f"serveur {proxy.place} : répond{answer}")
        elif proxy.status == "Unreachable":
            remedy = "vérifiez l'adresse et le pare-feu, et demandez à l'opérateur s'il répond aux OPTIONS"
            yield Finding(what=line.name, said=f"serveur {proxy.place} : ne répond pas", remedy=remedy)
        else:
            yield Finding(what=line.name, said=f"serveur {proxy.place} : pas encore interrogé")


def _channels(line: Line, used: int) -> Finding:
    said = f"canaux pris : {used} sur {line.channels}, dont {line.reserved} réservés aux transferts et aux rappels"
    remedy = ""
    if used >= line.channels:
        remedy = "ligne pleine : l'opérateur rend occupé ; demandez-lui des canaux, ou un renvoi en cas d'occupation"
    elif used > line.channels - line.reserved:
        remedy = "ligne presque pleine : nos appels sortants attendent"
    return Finding(what=line.name, said=said, remedy=remedy)


def _last(centre: Centre, line: Line, last: Last | None) -> Finding:
    if last is None:
        return Finding(what=line.name, said="dernier appel : aucun depuis le démarrage d'Asterisk")
    known = frozenset(number for service in centre.services.values() for number in service.numbers)
    numbering = Numbering(known=known, order=line.service_from, aliases=line.aliases)
    dialled = numbering.dialled(last.said)
    service = next((service.title for service in centre.services.values() if dialled in service.numbers), "")
    headers = [
        f"{_HEADERS[header]} {' '.join(shown(numbering, header, number) for number in numbers)}"
        for header in _HEADERS
        if (numbers := list(numbers_in(header, last.said)))
    ]
    caller = "masqué" if last.withheld else f"{last.caller}{HIDDEN}" if last.caller else "sans numéro"
    at = datetime.fromtimestamp(last.at_s, ZONE).strftime("%d/%m %H:%M:%S")
    said = f"dernier appel, {at} : {' ; '.join(headers) or 'aucun numéro'} ; appelant {caller}"
    if service:
        return Finding(what=line.name, said=f"{said} → {service}")
    remedy = "aucun service n'a ce numéro : ajoutez-le à numbers d'un service, ou à aliases de la ligne"
    return Finding(what=line.name, said=said, remedy=remedy)


def shown(numbering: Numbering, header: Header, number: str) -> str:
    """A number of ours whole, and the one by which the operator brings the call here; any other without its end."""
    whole = header == "request_uri" or numbering.service_number(number)
    return number if whole else f"{number[:-4]}{HIDDEN}"
