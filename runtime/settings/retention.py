"""The block `retention`: how many days each kind of personal data is kept, for each organisation, and when it goes.

Each organisation answers for its own data, so each may shorten or lengthen what holds for all of them.  No kind can be
kept for ever, none longer than the law's own bound, and nothing of the journal longer than the journal itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from runtime.settings import values
from runtime.settings.reading import Fields
from runtime.settings.servers import JournalSettings

# By kind: what holds where nobody says otherwise, the least, the most (days).  A week, because a person's message may
# wait that long and who complains does so within days.  Recordings and words said: six months, the CNIL's bound for
# recorded calls.  Logs of access: three years, its bound for what serves control.  Records without any contact: five
# years, when social claims lapse.
_BOUNDS: Final[dict[str, tuple[int, int, int]]] = {
    "number": (365, 7, 3_650),
    "name": (30, 1, 3_650),
    "keys": (30, 1, 365),
    "words": (90, 1, 183),
    "record": (365, 7, 3_650),
    "note": (365, 7, 3_650),
    "messages": (90, 1, 183),
    "webhooks": (30, 1, 365),
    "readings": (1_095, 180, 1_095),
    "records": (730, 30, 1_826),
}
KINDS: Final = tuple(_BOUNDS)
PURPOSES_KEPT: Final = ("number", "name", "keys", "words", "record", "note")
"""Kinds that are sealed in the journal, each under a key of its own."""
NIGHTLY: Final = "03:00"
_HOUR: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What one organisation keeps: `days` by kind; `visa` is the archives' reference for what is eliminated then."""

    days: Mapping[str, int] = msgspec.field(default_factory=lambda: {kind: told[0] for kind, told in _BOUNDS.items()})
    visa: str = ""


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`nightly_min`: minutes after midnight at which the running centre purges, None: it does not.

    `whole` holds for organisations that say nothing of their own, and for what nobody knows the organisation of.
    """

    nightly_min: int | None = 180
    whole: Kept = Kept()
    tenants: dict[str, Kept] = {}

    def of(self, tenant: str) -> Kept:
        return self.tenants.get(tenant, self.whole)

    def days(self, kind: str, tenant: str) -> int:
        return self.of(tenant).days[kind]

    def shortest(self, kind: str) -> int:
        """Days after which something of this kind is looked at."""
        return min(kept.days[kind] for kept in (self.whole, *self.tenants.values()))


def read_retention(root: Fields, tenants: Collection[str], journal: JournalSettings) -> RetentionSettings:
    """The block `retention`; without one the stated days hold for everybody."""
    fields = root.block("retention")
    if fields is None:
        return RetentionSettings(whole=_within(Kept(), journal))
    whole = _kept(fields, _within(Kept(), journal), journal)
    found = {}
    for key, (named, node) in fields.mapping("tenants", values.NAME, values.NAME_SAID, required=False).items():
        named.check(root.faults, tenants, "l'organisation")
        own = Fields(root.faults, node, named.field)
        found[key] = _kept(own, whole, journal)
        own.close()
    nightly = fields.value("nightly", _minute, 180, 180)
    fields.close()
    return RetentionSettings(nightly_min=None if nightly < 0 else nightly, whole=whole, tenants=found)


def _within(kept: Kept, journal: JournalSettings) -> Kept:
    """What nobody wrote gives way to a journal that is kept for less."""
    days = {kind: min(days, journal.kept_days) if kind in PURPOSES_KEPT else days for kind, days in kept.days.items()}
    return msgspec.structs.replace(kept, days=days)


def _kept(fields: Fields, above: Kept, journal: JournalSettings) -> Kept:
    told = fields.block("days")
    days = dict(above.days)
    if told is not None:
        for kind, (_, least, most) in _BOUNDS.items():
            days[kind] = told.integer(kind, above.days[kind], least, most)
            if told.has(kind) and kind in PURPOSES_KEPT and days[kind] > journal.kept_days:
                what = f"{days[kind]} jours, mais le journal n'est gardé que {journal.kept_days} (journal.kept_days)"
                told.faults.add(told.mark_of(kind), told.at(kind), what + ", baissez l'un ou montez l'autre")
        told.close()
    return Kept(days=days, visa=fields.label("visa", above.visa) if fields.has("visa") else above.visa)


def _minute(written: str) -> int:
    """Minutes after midnight; -1 for never."""
    if written == "never":
        return -1
    found = _HOUR.fullmatch(written)
    if found is None:
        raise values.Unfit(f'« {written[:40]} » n\'est pas une heure, écrivez "{NIGHTLY}" entre guillemets, ou never')
    return int(found[1]) * 60 + int(found[2])
