"""`./allo phones`: what to type into each agent's SIP telephone."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from core.errors import AlloError
from runtime.places import Places, Secrets, home
from runtime.settings import load


def run_phones(config: Path) -> int:
    """Prints account and password of every telephone: for whoever sets them up, on this terminal only."""
    try:
        loaded = load(config)
        places = Places(run=home() / "run")
        places.make()
        secrets = Secrets(places.secrets)
        given = loaded.settings.telephony.phone_secret_env
        sip = loaded.settings.telephony.sip
        table = Table("agent", "compte", "mot de passe", title=f"Serveur SIP : {sip.bind}:{sip.port}, UDP")
        for agent in loaded.centre.agents.values():
            table.add_row(agent.display, agent.phone, secrets.get(f"phone.{agent.phone}", given.get(agent.phone)))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyError as missing:
        print(
            f"La variable d'environnement {missing} n'est pas définie : définissez-la, ou ôtez secret_env.",
            file=sys.stderr,
        )
        return 1
    Console().print(table)
    return 0
