"""The blocks `records` and `webhooks`: where citizen records rest, which CRM is asked, who is told what happens."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from crm_bridge.answers import FIELDS, Form
from crm_bridge.recognise import CONFIRM_AFTER_DAYS, SHARED_ABOVE, Rules
from crm_bridge.translate import PROTECTED, TYPES, Allowed
from runtime.settings import values
from runtime.settings.reading import Fields
from runtime.settings.servers import JOURNAL, JournalSettings, written_path, written_url
from runtime.settings.source import Node

DATABASE: Final = "records/records.db"
SECOND: Final = 1_000
_WORD: Final = re.compile(r"[a-z0-9]{2,40}")
_EVENT: Final = re.compile(r"[a-z]+[.][a-z]+")
# A local name reaches nobody else: there, and only there, a word may travel in the clear.
HERE: Final = ("127.0.0.1", "localhost", "::1")


class Crm(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's CRM, asked by HTTP; `secret_env` names the variable with its bearer token."""

    url: str
    record_url: str = ""
    secret_env: str | None = None
    deadline_ms: int = 800
    cache_ms: int = 300_000
    form: Form = Form()


# A person on the line every two minutes, and each of them sought: nobody's hour has more.
UNUSUAL_PERSONS: Final = 30
# Somebody who calls all day long, always without their number, and each time another agent: more is talk of the town.
UNUSUAL_AGENTS: Final = 5


class Unusual(msgspec.Struct, frozen=True, kw_only=True):
    """More `persons` found by name by one agent within an hour, or more `agents` who so found one person within a day,
    are an alert."""

    persons: int = UNUSUAL_PERSONS
    agents: int = UNUSUAL_AGENTS


class RecordsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the records rest: an SQLite file, a relative `path` begins at the run directory; or PostgreSQL at `url`.

    Their keys are in a file, or in PostgreSQL at `keys_url`, where the journal's are.
    """

    path: Path = Path(DATABASE)
    url: str = ""
    secret_env: str | None = None
    keys_url: str = ""
    keys_secret_env: str | None = None
    rules: Rules = Rules()
    crm: dict[str, Crm] = {}
    unusual: Unusual = Unusual()


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be told; `secret_env` names the variable with the secret (`whsec_…`) that signs."""

    url: str
    secret_env: str
    allowed: Allowed = Allowed()


class WebhooksSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told, and which words make a topic, queue or service protected."""

    protected: tuple[str, ...] = PROTECTED
    endpoints: dict[str, WebhookSettings] = {}


def read_records(root: Fields, tenants: Collection[str], journal: JournalSettings) -> RecordsSettings:
    """The block `records`; without one no CRM is asked.

    Unless it says where they rest, they follow the journal: into PostgreSQL, or else a file.  Their keys always do.
    """
    read, fixed = _read(root, tenants)
    follows = {} if fixed else {"url": journal.url, "secret_env": journal.secret_env}
    keys = {"keys_url": journal.keys_url or journal.url, "keys_secret_env": journal.secret_env}
    return msgspec.structs.replace(read, **(follows | keys if journal.url else {}))


def _read(root: Fields, tenants: Collection[str]) -> tuple[RecordsSettings, bool]:
    """What the block says, and whether it says where the records rest."""
    fields = root.block("records")
    if fields is None:
        return RecordsSettings(), False
    records = RecordsSettings(
        path=Path(fields.value("path", written_path, DATABASE, DATABASE)),
        url=fields.value("url", lambda written: written_url(written, JOURNAL), "", ""),
        secret_env=_variable(fields),
        rules=Rules(
            confirm_after_days=fields.integer("confirm_after_days", CONFIRM_AFTER_DAYS, 1, 3_650),
            shared_above=fields.integer("shared_above", SHARED_ABOVE, 1, 100),
            shared_numbers=_shared(fields),
        ),
        crm=_crm(fields, tenants),
        unusual=_unusual(fields),
    )
    if records.url and fields.has("path"):
        what = "path et url à la fois : gardez path pour un fichier, ou url pour PostgreSQL"
        root.faults.add(fields.mark_of("url"), "records.url", what)
    fields.close()
    return records, fields.has("path") or bool(records.url)


def _unusual(parent: Fields) -> Unusual:
    fields = parent.block("unusual")
    if fields is None:
        return Unusual()
    found = Unusual(
        persons=fields.integer("persons", UNUSUAL_PERSONS, 1, 1_000),
        agents=fields.integer("agents", UNUSUAL_AGENTS, 1, 1_000),
    )
    fields.close()
    return found


def read_webhooks(root: Fields, tenants: Collection[str]) -> WebhooksSettings:
    """The block `webhooks`; without one nobody is told."""
    fields = root.block("webhooks")
    if fields is None:
        return WebhooksSettings()
    words = fields.names("protected", _WORD, "un mot en minuscules sans accent", required=False)
    endpoints = {
        key: _endpoint(root, named.field, node, tenants)
        for key, (named, node) in fields.mapping("endpoints", values.NAME, values.NAME_SAID, required=False).items()
    }
    # An empty list would be a slip of the pen that tells everything: it is not possible.
    protected = tuple(word.text for word in words) or PROTECTED
    fields.close()
    return WebhooksSettings(protected=protected, endpoints=endpoints)


def _endpoint(root: Fields, path: str, node: Node, tenants: Collection[str]) -> WebhookSettings:
    fields = Fields(root.faults, node, path)
    events = fields.names("events", _EVENT, "le nom d'un événement : interaction.ended", required=False)
    for event in events:
        event.check(root.faults, TYPES, "l'événement")
    # One organisation's life is told to nobody by default: with several, whose it is must be said.
    whose = fields.names("tenants", values.NAME, values.NAME_SAID, required=len(tenants) > 1)
    for tenant in whose:
        tenant.check(root.faults, tenants, "l'organisation")
    settings = WebhookSettings(
        url=fields.value("url", https, ""),
        secret_env=fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID).text,
        allowed=Allowed(
            events=tuple(event.text for event in events) or TYPES,
            tenants=tuple(tenant.text for tenant in whose),
            protected_topics=fields.flag("protected_topics", False),
            record=fields.flag("record", False),
        ),
    )
    fields.close()
    return settings


def _shared(fields: Fields) -> frozenset[str]:
    numbers = set()
    for item, field in fields.sequence("shared_numbers", required=False):
        try:
            numbers.add(values.number(item.text))
        except values.Unfit as unfit:
            fields.faults.add(item.mark, field, str(unfit))
    return frozenset(numbers)


def _crm(parent: Fields, tenants: Collection[str]) -> dict[str, Crm]:
    found = {}
    for key, (named, node) in parent.mapping("crm", values.NAME, values.NAME_SAID, required=False).items():
        named.check(parent.faults, tenants, "l'organisation")
        found[key] = _one_crm(parent, named.field, node)
    return found


def _one_crm(parent: Fields, path: str, node: Node) -> Crm:
    fields = Fields(parent.faults, node, path)
    crm = Crm(
        url=fields.value("url", lambda written: _address(written, "{number}", "{national}"), ""),
        record_url=fields.value("record_url", lambda written: _address(written, "{id}"), "", ""),
        secret_env=_variable(fields),
        deadline_ms=fields.duration_ms("deadline", 800, 50, 1_400),
        cache_ms=fields.duration_ms("cache", 300 * SECOND, 0, 3_600 * SECOND),
        form=Form(people=fields.value("people", _path, "people", "people"), fields=_fields(fields)),
    )
    fields.close()
    return crm


def _fields(parent: Fields) -> dict[str, str]:
    told = parent.block("fields")
    if told is None:
        return {}
    found = {name: told.value(name, _path, name, name) for name in FIELDS}
    told.close()
    return {name: path for name, path in found.items() if path != name}


def _variable(fields: Fields) -> str | None:
    return fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID, "").text or None


def _path(written: str) -> str:
    parts = written.split(".")
    if len(written) > 200 or not all(part.isprintable() and part.strip() == part != "" for part in parts):
        raise values.Unfit("n'est pas un chemin dans la réponse, écrivez par exemple data.usagers")
    return written


def _address(written: str, *places: str) -> str:
    """An HTTPS address with one of `places` in it, whatever else it holds."""
    if places and sum(written.count(place) for place in places) != 1:
        raise values.Unfit(f"doit contenir {' ou '.join(places)}, une fois, là où va ce qui est cherché")
    bare = written
    for place in places:
        bare = bare.replace(place, "0")
    https(bare)
    return written


def https(written: str) -> str:
    """An HTTPS address without a password; plain HTTP only to this machine."""
    try:
        parts = urlsplit(written)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or len(written) > 500 or any(letter.isspace() or not letter.isprintable() for letter in written):
        raise values.Unfit("n'est pas une adresse, écrivez par exemple https://crm.example.org/allo")
    if parts.username is not None or parts.password is not None:
        raise values.Unfit("porte un mot de passe : ôtez-le et nommez par secret_env la variable qui le porte")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in HERE):
        raise values.Unfit("doit commencer par https:// : ce qui parle de personnes ne voyage pas en clair")
    return written
