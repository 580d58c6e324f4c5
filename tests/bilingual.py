"""bilingue: parlant in English as well, by 6 at any time.  Chloé speaks it; after 10 s of waiting so may anybody."""

from __future__ import annotations

from typing import Final

import msgspec

from core.centre import Agent, Centre, Queue
from core.needs import Relax
from core.script import INVITE_TEXT, Branch, Languages, Say, Step

ENGLISH: Final = {
    "accueil.bienvenue": "Hello.",
    "accueil.danger": "In danger, dial 15.",
    "menu.choix": "For RSA, press 1.",
    "attente.position": "You are number {position}.",
    INVITE_TEXT: "For English, press {touche}.",
}
"""The rest is said in French."""


def bilingual(centre: Centre) -> Centre:
    """`centre`, whose script begins with a greeting, danger, and the offer of another language."""
    script = centre.scripts["accueil"]
    steps: dict[str, Step] = {
        "bienvenue": Say(texts=("accueil.bienvenue", "accueil.danger"), then="langues"),
        "langues": Languages(then="ou"),
        "ou": Branch(on="withheld", cases={}, otherwise="ouverte"),
        **script.steps,
    }
    offering = msgspec.structs.replace(
        script, start="bienvenue", steps=steps, languages={"en": "6"}, language_texts=("accueil.danger",)
    )
    french = {
        **centre.texts["fr"],
        "accueil.danger": "En danger, composez le 15.",
        INVITE_TEXT: "Pour le français, tapez {touche}.",
    }
    return msgspec.structs.replace(
        centre,
        digest="bilingue",
        scripts={**centre.scripts, "accueil": offering},
        texts={"en": ENGLISH, "fr": french},
        agents={name: _speaks(agent) for name, agent in centre.agents.items()},
        queues={name: _gives_way(queue) for name, queue in centre.queues.items()},
    )


def _speaks(agent: Agent) -> Agent:
    return msgspec.structs.replace(agent, languages=("fr", "en") if agent.name == "chloé" else ("fr",))


def _gives_way(queue: Queue) -> Queue:
    return msgspec.structs.replace(queue, relax=(Relax(after_ms=10_000, languages=True),))
