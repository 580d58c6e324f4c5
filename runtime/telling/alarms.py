"""What whoever is on watch must hear of without looking anywhere: a line in the log when it begins, and when it ends.

Nobody is named there: who is concerned stands on the supervisors' page, and in `./allo audit`.
"""

from __future__ import annotations

import logging
from typing import Final

from core import events as e
from core.step import Step
from runtime.kernel import Kernel

log = logging.getLogger("allo.alarms")

FAULTS: Final[dict[e.TrunkFault, str]] = {
    "not_registered": "l'opérateur n'accepte pas l'enregistrement",
    "proxies_silent": "l'opérateur ne répond plus",
}
SUSPICIONS: Final = {"refused": "appels refusés", "costly": "appels coûteux", "short": "appels de quelques secondes"}

LOOKS: Final[dict[e.UnusualWhy, str]] = {
    "persons": "personnes trouvées par un même agent en une heure",
    "agents": "agents ont cherché la même personne en un jour",
}


class Alarms:
    """Says what is not well now, then `hear` every kept step.  A trunk is told again after each reconnection: only
    what is new is said."""

    def __init__(self, kernel: Kernel) -> None:
        self._away: set[str] = set()
        for name, trunk in kernel.mind("calls").trunks.items():
            if not trunk.reachable:
                self._lost(name, trunk.reason)

    def hear(self, step: Step) -> None:
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.TrunkChanged):
                self._trunk(fact)
            elif isinstance(fact, e.FraudSuspected):
                held = "bloqué jusqu'à demain" if fact.held else "rien n'est bloqué"
                log.error(
                    "fraude possible : %d %s d'un même agent en une heure, %s ; page du superviseur, ou ./allo audit",
                    fact.count,
                    SUSPICIONS[fact.why],
                    held,
                )

            elif isinstance(fact, e.LookUpsUnusual):
                log.error(
                    "consultations inhabituelles de fiches (%s) : %d %s ; page du superviseur, ou ./allo audit",
                    fact.tenant,
                    fact.count,
                    LOOKS[fact.why],
                )

    def _trunk(self, fact: e.TrunkChanged) -> None:
        if fact.reachable and fact.trunk in self._away:
            self._away.discard(fact.trunk)
            log.warning("ligne %s : l'opérateur est de nouveau joint", fact.trunk)
        elif not fact.reachable and fact.trunk not in self._away:
            self._lost(fact.trunk, fact.reason)

    def _lost(self, trunk: str, reason: e.TrunkFault) -> None:
        self._away.add(trunk)
        log.error("ligne %s : %s ; ./allo doctor trunk", trunk, FAULTS.get(reason, reason))
