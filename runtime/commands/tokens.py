"""`./allo token add|list|remove`: keys for the systems that bring what people write.  One is shown once."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from typing import Final

from core.errors import AlloError
from runtime.accounts import make_tokens
from runtime.places import Places, home
from runtime.settings import Loaded, load
from softphone_ui.tokens import SCOPES, Tokens

_NAME: Final = re.compile(r"[a-z0-9_-]{1,40}")


def run_token(config: Path, do: str, name: str, tenant: str) -> int:
    """0 when it is done; 1 with a message that says what to do instead."""
    try:
        loaded = load(config)
        places = Places(run=home() / "run")
        places.make()
        return _do(loaded, make_tokens(loaded.settings.journal, places), do, name, tenant)
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1


def _do(loaded: Loaded, tokens: Tokens, do: str, name: str, tenant: str) -> int:
    if do == "list":
        for access in tokens.all():
            print(f"{access.name}  {access.tenant or 'tout le centre'}  créé le {access.made_on}")
        return 0
    wrong = _wrong(loaded, do, name, tenant)
    if wrong:
        print(wrong, file=sys.stderr)
        return 1
    if do == "remove":
        tokens.remove(name)
        print(f"Jeton {name} supprimé : ce système n'entre plus.")
        return 0
    tenant = tenant or next(iter(loaded.centre.tenants), "")
    token = tokens.add(name, tenant=tenant, scopes=SCOPES, made_on=date.today().isoformat())
    print(f"{token}\nGardez-le maintenant dans le coffre de {name} : il ne sera plus montré.")
    return 0


def _wrong(loaded: Loaded, do: str, name: str, tenant: str) -> str:
    """What is wrong with what was typed; empty if nothing is."""
    tenants = loaded.centre.tenants
    if do not in ("add", "remove"):
        return f"« {do} » ? Écrivez ./allo token add NOM, list, ou remove NOM."
    if not _NAME.fullmatch(name):
        return "Donnez au système un nom en minuscules, sans espace : ./allo token add site"
    if do == "add" and (tenant not in tenants if tenant else len(tenants) > 1):
        return f"Pour quelle organisation ? --tenant {' ou '.join(tenants)}"
    return ""
