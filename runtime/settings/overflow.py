"""Where queues overflow to, as it is written, and whether somebody could be sent round in a circle.

overflow: generaliste                                # the short form: when it is full, to that queue
overflow:
  - {when: empty, tenants: true}
  - {when: estimated, limit: 20min, callback: true}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from core.needs import Overflow, OverflowsWhen
from core.script import HandOver, Script
from runtime.settings import values
from runtime.settings.faults import Faults, Mark
from runtime.settings.reading import Fields, Named, said
from runtime.settings.source import Scalar, Sequence

WHEN: Final = ("full", "empty", "waited", "estimated")
LIMITED: Final = ("waited", "estimated")
WAYS: Final = ("to", "tenants", "script", "callback")
RULES_MOST: Final = 8
LEAST_MS: Final = 10_000
MOST_MS: Final = 4 * 3_600_000

Rules = tuple[tuple[Overflow, Mark], ...]


class Overflows:
    """What the queues say, with every name that must exist elsewhere."""

    def __init__(self) -> None:
        self.queues: list[Named] = []
        self.scripts: list[Named] = []
        self._rules: dict[str, Rules] = {}

    def read(self, fields: Fields, key: str) -> tuple[Overflow, ...]:
        """The field `overflow` of queue `key`."""
        node = fields.node("overflow", required=False)
        if node is None:
            return ()
        if isinstance(node, Scalar):
            named = fields.name("overflow", values.NAME, values.NAME_SAID)
            self.queues.append(named)
            self._rules[key] = ((Overflow(when="full", to=named.text), node.mark),)
        elif not isinstance(node, Sequence):
            what = f"doit être une file ou une liste « - {{when: full, to: accueil}} », pas {said(node)}"
            fields.faults.add(node.mark, fields.at("overflow"), what)
        else:
            self._rules[key] = tuple(self._rule(fields, item, index) for index, item in enumerate(node.items))
            if len(node.items) > RULES_MOST:
                what = f"{len(node.items)} règles, {RULES_MOST} au plus"
                fields.faults.add(node.mark, fields.at("overflow"), what)
        return tuple(rule for rule, _ in self._rules.get(key, ()))

    def _rule(self, parent: Fields, item: object, index: int) -> tuple[Overflow, Mark]:
        fields = Fields(parent.faults, item, f"{parent.at('overflow')}[{index}]")  # type: ignore[arg-type]
        when = fields.one_of("when", WHEN)
        limit_ms = 0
        if when in LIMITED:
            limit_ms = fields.duration_ms("limit", None, LEAST_MS, MOST_MS)
        elif fields.has("limit"):
            what = f"ne sert qu'avec when: {' ou '.join(LIMITED)}, supprimez-le"
            fields.faults.add(fields.mark_of("limit"), fields.at("limit"), what)
            fields.node("limit")
        to = fields.name("to", values.NAME, values.NAME_SAID, "")
        script = fields.name("script", values.NAME, values.NAME_SAID, "")
        self.queues.append(to)
        self.scripts.append(script)
        rule = Overflow(
            when=cast("OverflowsWhen", when),
            limit_ms=limit_ms,
            to=to.text,
            script=script.text,
            tenants=fields.flag("tenants", False),
            callback=fields.flag("callback", False),
        )
        if sum(map(bool, (rule.to, rule.tenants, rule.script, rule.callback))) != 1:
            what = f"doit mener à une seule chose, gardez l'un de {', '.join(WAYS)}"
            fields.faults.add(fields.mark, fields.path, what)
        fields.close()
        return rule, fields.mark

    def check(self, faults: Faults, scripts: Mapping[str, Script], *, shared: bool) -> None:
        """Tells circles, scripts that lead back to a queue, and walls that nobody opens."""
        self._check_circles(faults)
        for key, rules in self._rules.items():
            for index, (rule, mark) in enumerate(rules):
                field = f"queues.{key}.overflow[{index}]"
                script = scripts.get(rule.script)
                if script is not None and any(isinstance(step, HandOver) for step in script.steps.values()):
                    what = (
                        f"le script « {rule.script} » ramène dans une file (hand_over), prenez-en un qui finit l'appel"
                    )
                    faults.add(mark, f"{field}.script", what)
                if rule.tenants and not shared:
                    what = "tenants: true, mais aucune organisation ne partage, ajoutez shares_with à l'une d'elles"
                    faults.add(mark, f"{field}.tenants", what)

    def _check_circles(self, faults: Faults) -> None:
        """Whoever is sent on must come to rest, whatever the reason."""
        told: set[str] = set()
        for first in self._rules:
            for circle in self._circles((first,)):
                if told & set(circle):
                    continue
                told.update(circle)
                mark = next(mark for rule, mark in self._rules[circle[0]] if rule.to == circle[1])
                what = f"débordement en rond ({' → '.join(circle)}), laissez une file qui ne renvoie pas vers une autre"
                faults.add(mark, f"queues.{circle[0]}.overflow", what)

    def _circles(self, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for to in dict.fromkeys(rule.to for rule, _ in self._rules.get(path[-1], ()) if rule.to):
            if to in path:
                yield (*path[path.index(to) :], to)
            else:
                yield from self._circles((*path, to))
