"""A small centre with pages: a password for its first agent, and a citizen whom the records know."""

from __future__ import annotations

from typing import Any, Final

from argon2 import PasswordHasher

from crm_bridge.importing import import_file
from runtime.accounts import make_passwords
from runtime.crm import open_store
from runtime.places import Places
from runtime.settings import load
from tests.asterisk.ground import Site
from tests.asterisk.small_centre import SmallCentre

PORT: Final = 8080
PASSWORD: Final = "quatre mots sans lien"
CODES: Final = {"essai": {"title": "Un essai"}, "autre": {"title": "Autre demande"}}


def with_pages(site: Site, more: dict[str, Any] | None = None, **other: Any) -> SmallCentre:
    """`more` are further blocks of centre.yaml."""
    blocks = {"pages": {"bind": site.host, "port": PORT}, "wrap_up_codes": CODES, **(more or {})}
    return SmallCentre(wrap_up="30s", more=blocks, **other)


def know(site: Site, small: SmallCentre, number: str) -> None:
    """The records have somebody with that number; agent 1 and the supervisor have a password."""
    loaded = load(small.write(site))
    places = Places(run=site.run)
    places.make()
    passwords = make_passwords(loaded.settings.journal, places, PasswordHasher(1, 8, 1))
    for name in ("a1", "chef"):
        passwords.set(name, PASSWORD)
    file = site.directory / "usagers.csv"
    file.write_text(
        "id;nom;prenom;civilite;telephone;service;dossier;resume\n"
        f"c-1;Lefèvre;Jeanne;Madame;{number};directe;Essai;Demande en cours\n",
        encoding="utf-8",
    )
    store = open_store(loaded.settings.records, places)
    tenant = next(iter(loaded.centre.tenants))
    assert import_file(store, file, tenant, 1_800_000_000_000).done
    store.close()
