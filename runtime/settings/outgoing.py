"""centre.yaml, calls that agents place and whom conversations are handed on to: `outgoing` and `directory`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Final, cast, get_args

from core.centre import Destination, Entry, Outgoing, Role, Verified
from core.destinations import EMERGENCY, classify
from runtime.settings import values
from runtime.settings.assessment import ZONE
from runtime.settings.people import ROLES
from runtime.settings.reading import Fields, Named

SECOND: Final = 1_000
MINUTE: Final = 60_000
# Emergency numbers are never dialled, and what is no number cannot be: neither can be allowed.
DESTINATIONS: Final = tuple(kind for kind in get_args(Destination) if kind not in ("emergency", "unknown"))
# More than any platform calls in a day; more than a person calls in an hour.
A_DAY_MOST: Final = 100_000
AN_HOUR_MOST: Final = 200
# Numbers of emergency services change, and so does where a line leads.
TRIED_AGAIN_DAYS: Final = 183
_EXTENSION: Final = re.compile(r"[0-9]{2,6}")
WORD: Final = re.compile(r"\w[\w' -]{0,39}")
WORD_SAID: Final = "des lettres et des chiffres, 40 caractères au plus"


def read_outgoing(root: Fields, lines: Collection[str]) -> Outgoing:
    """The block `outgoing`; without it, what suits a département."""
    fields = root.block("outgoing")
    usual = Outgoing()
    if fields is None:
        return usual
    line = fields.name("line", values.NAME, values.NAME_SAID, "")
    if line.text:
        line.check(root.faults, lines, "la ligne")
    policy = Outgoing(
        line=line.text,
        allowed=_allowed(fields, usual),
        per_agent=fields.integer("per_agent", usual.per_agent, 0, A_DAY_MOST),
        per_platform=fields.integer("per_platform", usual.per_platform, 0, A_DAY_MOST),
        ring_ms=fields.duration_ms("ring", usual.ring_ms, 5 * SECOND, 2 * MINUTE),
        alert_refused=fields.integer("alert_refused", usual.alert_refused, 1, AN_HOUR_MOST),
        alert_costly=fields.integer("alert_costly", usual.alert_costly, 1, AN_HOUR_MOST),
        alert_short=fields.integer("alert_short", usual.alert_short, 1, AN_HOUR_MOST),
        alert_holds=fields.flag("alert_holds", usual.alert_holds),
    )
    fields.close()
    return policy


def _allowed(fields: Fields, usual: Outgoing) -> dict[Role, tuple[Destination, ...]]:
    """For each role named, what is written; for the others, the usual."""
    inner = fields.block("allowed")
    allowed = dict(usual.allowed)
    if inner is None:
        return allowed
    for role in ROLES:
        if inner.has(role):
            kinds = inner.names(role, values.NAME, values.NAME_SAID, required=False)
            for kind in kinds:
                kind.check(inner.faults, DESTINATIONS, "la destination")
            allowed[role] = tuple(cast("Destination", kind.text) for kind in kinds)
    inner.close()
    return allowed


def read_directory(
    root: Fields, lines: Collection[str], tenants: Collection[str], hours: Collection[str]
) -> dict[str, Entry]:
    """The block `directory`: extensions and public numbers, each with its deputy and its hours."""
    found: dict[str, Entry] = {}
    deputies: list[Named] = []
    for key, (named, node) in root.mapping("directory", values.NAME, values.NAME_SAID, required=False).items():
        fields = Fields(root.faults, node, named.field)
        line = fields.name("line", values.NAME, values.NAME_SAID, "")
        if line.text:
            line.check(root.faults, lines, "la ligne")
        whose = fields.names("tenants", values.NAME, values.NAME_SAID, required=False)
        for tenant in whose:
            tenant.check(root.faults, tenants, "l'organisation")
        verified = _verified(fields)
        roles = fields.names("roles", values.NAME, values.NAME_SAID, required=False)
        for role in roles:
            role.check(root.faults, ROLES, "le rôle")
        deputy = fields.name("deputy", values.NAME, values.NAME_SAID, "")
        keeps = fields.name("hours", values.NAME, values.NAME_SAID, "")
        if keeps.text:
            keeps.check(root.faults, hours, "l'horaire")
        deputies.append(deputy)
        found[key] = Entry(
            name=key,
            title=fields.label("title"),
            number=fields.value("number", _number if verified is None else _of_emergency, ""),
            line=line.text,
            tenants=tuple(tenant.text for tenant in whose),
            roles=tuple(cast("Role", role.text) for role in roles),
            deputy=deputy.text,
            ring_ms=fields.duration_ms("ring", 25 * SECOND, 5 * SECOND, 2 * MINUTE),
            hours=keeps.text,
            words=tuple(word.text for word in fields.names("words", WORD, WORD_SAID, required=False)),
            verified=verified,
        )
        fields.close()
    ordinary = [name for name, entry in found.items() if entry.verified is None]
    for deputy in deputies:
        if deputy.text:
            deputy.check(root.faults, ordinary, "l'entrée")
    return found


def _verified(fields: Fields) -> Verified | None:
    """The block `emergency` of an entry: an emergency service, and who tried its number from this centre's line."""
    inner = fields.block("emergency")
    if inner is None:
        return None
    tried = Verified(on=inner.value("verified_on", _tried, date.min).isoformat(), by=inner.label("verified_by"))
    inner.close()
    for name in ("hours", "deputy"):
        if fields.has(name):
            what = "des secours n'ont ni heures ni remplaçant, supprimez ce champ"
            fields.faults.add(fields.mark_of(name), fields.at(name), what)
    return tried


def _tried(written: str) -> date:
    found = values.day(written)
    if found > datetime.now(ZONE).date():
        raise values.Unfit(f"{written} est à venir, essayez d'abord ce numéro")
    return found


def worth_trying(directory: Mapping[str, Entry], today: date) -> Iterator[str]:
    """Emergency services whose number nobody has tried for long."""
    for entry in directory.values():
        if entry.verified is not None and (today - date.fromisoformat(entry.verified.on)).days > TRIED_AGAIN_DAYS:
            on = date.fromisoformat(entry.verified.on)
            yield f"annuaire, {entry.title} : numéro essayé le {on:%d/%m/%Y}, à essayer de nouveau (tous les 6 mois)"


def _of_emergency(written: str) -> str:
    """As above; or the short number itself, where this line leads to the right service, as was tried."""
    digits = re.sub(r"\s", "", written)
    return digits if digits in EMERGENCY else _number(written)


def _number(written: str) -> str:
    """A public number, or an extension of the PABX as it is dialled there."""
    if classify(written)[1] == "emergency":
        raise values.Unfit(f"« {written} » est un numéro d'urgence : il ne se compose pas d'ici, supprimez-le")
    return written if _EXTENSION.fullmatch(written) else values.number(written)
