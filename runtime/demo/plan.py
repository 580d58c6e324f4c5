"""The demo's day: who calls, what they press and say, how agents behave.  Numbers are fictitious (traffic/crowd.py)."""

from __future__ import annotations

from typing import Any, Final

from core.centre import Centre, Service
from core.script import Ask
from runtime.platform import Platform
from runtime.settings import Loaded

SENTENCES: Final = (
    "Bonjour, je voudrais savoir où en est mon dossier de RSA.",
    "Bonjour, ma mère a besoin d'aide à la maison, à qui dois-je m'adresser ?",
    "Bonjour, j'ai reçu un courrier que je ne comprends pas.",
    "Bonjour, je cherche un rendez-vous pour mon bébé à la PMI.",
    "Bonjour, je dois renouveler ma carte de stationnement pour personne handicapée.",
)
# People who know what they want press during the welcome; others listen to some of the menu first.
PRESS_AFTER_S: Final = (3.0, 5.0, 8.0)


def _operator_port(loaded: Loaded) -> int:
    """Where the demo's operator is called: the first proxy on this very address; 0 if calls do not go there."""
    telephony = loaded.settings.telephony
    for trunk in telephony.trunks.values():
        for proxy in trunk.proxies:
            host, _, port = proxy.partition(":")
            if host == telephony.sip.bind and port:
                return int(port)
    return 0


def demo_plan(platform: Platform, *, calls: int, rate_per_min: float, seed: int) -> dict[str, Any]:
    """What traffic/plan.py reads.  A short demo has short calls, an endless one longer ones."""
    loaded = platform.loaded
    sip = loaded.settings.telephony.sip
    ready = next((dial for dial, code in loaded.centre.codes.items() if code.wish == "ready"), "")
    # Long enough for a sentence and two seconds of tone, by which the sound of both ends is proven.
    talk_s = [7, 8, 10] if calls and calls <= 20 else [8, 20, 60]
    return {
        "asterisk": {"host": sip.bind, "port": sip.port},
        "bind": sip.bind,
        "trunk": {"port": _operator_port(loaded)},
        "seed": seed,
        "numbers": [
            {"number": service.numbers[0], "weight": 0.2 if service.discreet else 1}
            for service in loaded.centre.services.values()
            if service.numbers
        ],
        "calls": calls or None,
        "per_minute": rate_per_min,
        "talk_s": talk_s,
        "patience_s": [60, 120, 180],
        "withheld": 0.05 if not calls else 0,
        "sentences": SENTENCES,
        "scripts": [
            {"steps": [{"at_s": at_s, "press": key}]}
            for key in _keys_to_people(loaded.centre)
            for at_s in PRESS_AFTER_S
        ],
        "agents": [
            {
                "user": agent.phone,
                "secret": platform.phone_secret(agent.phone),
                "rings_s": [0.5, 1, 2],
                "talks_s": [value + 2 for value in talk_s],
                "wraps_up_s": [1, 2, 4],
                "rejects": 0.0 if calls else 0.02,
                "misses": 0.0 if calls else 0.02,
                "hangs_up": 0.3,
                "wrap_up_number": ready,
            }
            for agent in loaded.centre.agents.values()
        ],
    }


def _keys_to_people(centre: Centre) -> list[str]:
    """The keys of every first question that lead to a person, without those that repeat or inform.

    The crowd presses without knowing whom it has called: a key must mean something in each menu.
    """
    called = [service for service in centre.services.values() if service.numbers]
    menus = [menu for service in called if (menu := _menu(centre, service)) is not None]
    first = menus[0] if menus else []
    return [key for key in first if all(key in menu for menu in menus)]


def _menu(centre: Centre, service: Service) -> list[str] | None:
    """The keys of the service's first question; None if it asks nothing."""
    steps = centre.scripts[service.script].steps.values()
    asked = next((step for step in steps if isinstance(step, Ask)), None)
    if asked is None:
        return None
    return [key for key, choice in asked.keys.items() if choice.name not in ("repeter", "horaires")]
