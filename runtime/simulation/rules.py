"""By which rule a simulated day is played: as configured, as configured but for some rules, or app_queue's.

`edf+least_versatile+keep_free=2` is the configuration with these three put in place of its own; what is not named stays
as configured.  A queue's own order gives way as well, for one rule is compared with another.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple, get_args, get_type_hints

import msgspec

from core.centre import Centre
from core.errors import AlloError
from core.needs import Distribution, Turn

AS_CONFIGURED: Final = "allo"
APP_QUEUE: Final = "app_queue"
USUAL: Final = (AS_CONFIGURED, APP_QUEUE)

ORDERS: Final[tuple[str, ...]] = get_args(get_type_hints(Turn)["order"])
AGENTS: Final[tuple[str, ...]] = get_args(get_type_hints(Distribution)["agents"])
MOST_FREE: Final = 2
MOST_FAIRNESS_S: Final = 86_400

NAMES: Final = (
    f"{AS_CONFIGURED} (la configuration), {APP_QUEUE}, ou, reliés par « + » : {', '.join((*ORDERS, *AGENTS))}, "
    "fairness=SECONDES, keep_free=0 à 2"
)


class RuleFault(AlloError):
    """There is no such rule; says which word, and what there is."""


class Rule(NamedTuple):
    """`name` as it was written; the rules that it puts in place of the configured ones."""

    name: str
    order: str = ""
    distribution: dict[str, Any] = {}  # noqa: RUF012  (never changed: a tuple's default)


def rule(name: str) -> Rule:
    """Raises RuleFault."""
    if name in USUAL:
        return Rule(name)
    order, distribution = "", dict[str, Any]()
    for word in name.split("+"):
        key, equals, value = word.partition("=")
        if word in ORDERS and not order:
            order = word
        elif word in AGENTS and "agents" not in distribution:
            distribution["agents"] = word
        elif key == "fairness" and equals and "fairness_ms" not in distribution:
            distribution["fairness_ms"] = 1000 * _whole(name, word, value, MOST_FAIRNESS_S)
        elif key == "keep_free" and equals and key not in distribution:
            distribution[key] = _whole(name, word, value, MOST_FREE)
        else:
            raise RuleFault(f"--rule {name} : « {word} » n'est pas une règle, ou y est deux fois. Il y a {NAMES}.")
    return Rule(name, order, distribution)


def _whole(name: str, word: str, value: str, most: int) -> int:
    number = int(value) if value.isdecimal() and len(value) < 9 else math.inf
    if number > most:
        raise RuleFault(f"--rule {name} : « {word} » : un nombre entier, de 0 à {most}.")
    return int(number)


def under(centre: Centre, by: Rule) -> Centre:
    """The configuration with the rule in place of its own."""
    own, queues = centre.distribution, centre.queues
    turn = own.turn
    if by.order:
        turn = msgspec.structs.replace(turn, order=by.order)
        queues = {
            name: queue
            if queue.turn is None
            else msgspec.structs.replace(queue, turn=msgspec.structs.replace(queue.turn, order=by.order))
            for name, queue in queues.items()
        }
    distribution = msgspec.structs.replace(own, turn=turn, **by.distribution)
    return msgspec.structs.replace(centre, distribution=distribution, queues=queues)
