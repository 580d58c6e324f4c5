"""`./allo password NOM`: gives somebody the password of their page.  It is asked for, never an argument."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from core.errors import AlloError
from runtime.places import Places, home
from runtime.settings import load
from softphone_ui.passwords import PasswordFault, Passwords, made_up


def run_password(config: Path, name: str, *, make: bool) -> int:
    """0 once it is set; 1 with a message when there is no such account or the password will not do."""
    try:
        agents = load(config).centre.agents
        if name not in agents:
            print(f"« {name} » n'est pas un agent de {config}. Possibles : {', '.join(agents)}.", file=sys.stderr)
            return 1
        password = made_up() if make else _asked(agents[name].display)
        places = Places(run=home() / "run")
        places.make()
        Passwords(places.passwords).set(name, password)
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"Mot de passe de {name} : {password}" if make else f"Mot de passe de {name} enregistré.")
    return 0


def _asked(display: str) -> str:
    """From the keyboard, twice; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"Nouveau mot de passe de {display} : ")
    if getpass.getpass("Encore une fois : ") != first:
        raise PasswordFault("Les deux ne sont pas les mêmes. Recommencez.")
    return first
