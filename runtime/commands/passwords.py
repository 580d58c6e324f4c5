"""`./allo password NOM`: gives somebody the password of their page.  It is asked for, never an argument."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from core.errors import AlloError
from runtime.accounts import make_passwords
from runtime.places import Places, home
from runtime.settings import Loaded, load
from softphone_ui.passwords import PasswordFault, made_up

ROLES: Final = {"agent": "agent", "supervisor": "supervision", "administrator": "administration"}


def run_password(config: Path, name: str, *, make: bool) -> int:
    """0 once it is set; 1 with a message when there is no such account or the password will not do."""
    try:
        loaded = load(config)
        agents = loaded.centre.agents
        if name not in agents:
            print(f"« {name} » n'est pas un agent de {config}. Possibles : {', '.join(agents)}.", file=sys.stderr)
            return 1
        password = made_up() if make else _asked(agents[name].display)
        places = Places(run=home() / "run")
        places.make()
        make_passwords(loaded.settings.journal, places).set(name, password)
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(f"Mot de passe de {name} : {password}" if make else f"Mot de passe de {name} enregistré.")
    return 0


def let_in(loaded: Loaded, places: Places) -> str:
    """For a demonstration: gives one agent and one supervisor a password, told this once and never again."""
    agents = loaded.centre.agents.values()
    people = [next((agent for agent in agents if agent.role == role), None) for role in ("agent", "supervisor")]
    passwords = make_passwords(loaded.settings.journal, places)
    where = loaded.settings.pages
    lines = [f"Les pages : {min(where.origins)}" if where is not None else ""]
    for person in people:
        if person is not None:
            password = made_up()
            passwords.set(person.name, password)
            lines.append(f"  {person.name} ({ROLES[person.role]}), mot de passe {password}")
    return "\n".join(lines)


def _asked(display: str) -> str:
    """From the keyboard, twice; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"Nouveau mot de passe de {display} : ")
    if getpass.getpass("Encore une fois : ") != first:
        raise PasswordFault("Les deux ne sont pas les mêmes. Recommencez.")
    return first
