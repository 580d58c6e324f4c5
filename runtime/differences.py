"""What another configuration changes, in words: what holds at once, and what only a restart brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from runtime.settings import Loaded

# Sections of the centre by name, in the order in which people look for them.
_SECTIONS: Final = {
    "tenants": "organisation",
    "services": "service",
    "queues": "file",
    "agents": "agent",
    "scripts": "script",
    "hours": "horaires",
    "pauses": "pause",
    "codes": "code du poste",
    "wrap_up_codes": "code de post-appel",
    "lines": "ligne",
    "directory": "annuaire",
    "sectors": "secteur",
    "communes": "commune",
    "gazetteer": "commune connue",
}
_WHOLE: Final = {
    "name": "nom de la plateforme",
    "ring_no_answer": "règle des appels sans réponse",
    "tasks": "règles des rappels et messages",
    "capacity": "ce qu'un agent mène de front",
    "outgoing": "appels sortants",
    "distribution": "règles de distribution",
}
# What is read once, when a process starts.
_AT_START: Final = {
    "journal": "journal",
    "bus": "bus",
    "operating": "exploitation (journaux, santé)",
    "recordings": "dossier des enregistrements",
    "voices": "voix de synthèse",
    "speech": "écoute des appelants (modèles, processus)",
    "pages": "pages",
    "records": "fiches usagers",
    "webhooks": "webhooks",
}
_TELEPHONY_AT_START: Final = ("mode", "node", "ami", "sip", "rtp", "phone_secret_env")
# A person reads some; a program has the configuration itself.
SHOWN: Final = 200


def changes(old: Loaded, new: Loaded) -> list[str]:
    """What holds as soon as it is applied, a line each: `+` is new, `-` goes, `~` is otherwise, with its fields."""
    lines = [line for section, title in _SECTIONS.items() for line in _section(old, new, section, title)]
    lines += [
        f"~ {title}{_fields(getattr(old.centre, name), getattr(new.centre, name))}"
        for name, title in _WHOLE.items()
        if getattr(old.centre, name) != getattr(new.centre, name)
    ]
    if old.settings.assessments != new.settings.assessments:
        lines.append("~ analyses d'impact signées")
    lines += list(_texts(old.centre.texts, new.centre.texts))
    lines += list(_named("ligne de l'opérateur", old.settings.telephony.trunks, new.settings.telephony.trunks))
    if len(lines) > SHOWN:
        lines = [*lines[:SHOWN], f"… et {len(lines) - SHOWN} autres changements"]
    return lines


def later(old: Loaded, new: Loaded) -> list[str]:
    """What the running processes do not take: they must be started again for it."""
    found = [title for name, title in _AT_START.items() if getattr(old.settings, name) != getattr(new.settings, name)]
    telephony = old.settings.telephony, new.settings.telephony
    found += [
        f"téléphonie : {name}"
        for name in _TELEPHONY_AT_START
        if len({repr(getattr(one, name)) for one in telephony}) > 1
    ]
    return found


def _section(old: Loaded, new: Loaded, section: str, title: str) -> Iterator[str]:
    yield from _named(title, getattr(old.centre, section), getattr(new.centre, section))


def _named(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"+ {title} {name}" for name in new if name not in old)
    yield from (f"- {title} {name}" for name in old if name not in new)
    for name in new:
        if name in old and old[name] != new[name]:
            yield f"~ {title} {name}{_fields(old[name], new[name])}"


def _fields(old: Any, new: Any) -> str:
    """Which fields differ, as YAML writes them; never their values: a change must not print a password's name or a
    person's telephone."""
    if not isinstance(old, msgspec.Struct) or type(old) is not type(new):
        return ""
    names = [name.removesuffix("_ms") for name in old.__struct_fields__ if getattr(old, name) != getattr(new, name)]
    return f" : {', '.join(names)}"


def _texts(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for language in sorted({*old, *new}):
        before, after = old.get(language, {}), new.get(language, {})
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        if keys:
            yield f"~ textes en {language} : {', '.join(sorted(keys)[:10])}{' …' if len(keys) > 10 else ''}"
