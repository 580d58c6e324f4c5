"""What is asked of agents, how that gives way with waiting, and the rules of distribution, as they are written.

needs: {rsa: 2}                                      # rsa at level 2 or better
needs: {all: [{rsa: 2}, {any: [droit, {accueil: 3}]}, {not: stagiaire}]}
"""

from __future__ import annotations

from typing import Final, Literal, cast

from core.needs import All, AnyOf, Distribution, Has, Not, Relax, Requirement, Turn
from runtime.settings import values
from runtime.settings.faults import Faults
from runtime.settings.reading import Fields, Named, fitting, said
from runtime.settings.source import Mapping, Node, Scalar, Sequence

SECOND: Final = 1_000
MINUTE: Final = 60_000
HOUR: Final = 3_600_000
ORDERS: Final = ("fcfs", "edf", "wait_over_target")
AGENTS: Final = ("longest_idle", "least_versatile")
# What stands for itself in an expression: no skill may be called so.
WORDS: Final = ("all", "any", "not")
# A queue that needs more steps than this does not know what it asks.
STEPS_MOST: Final = 8
LEVELS: Final = 5


class Names:
    """The names that needs use of elsewhere, until it is known which exist."""

    def __init__(self) -> None:
        self.skills: list[Named] = []
        self.queues: list[Named] = []
        self.sectors: list[Named] = []


def read_requirement(fields: Fields, name: str, names: Names) -> Requirement | None:
    """The field `name`, an expression over skills; None if it is not there."""
    node = fields.node(name, required=False)
    return None if node is None else _expression(node, fields.at(name), names, fields.faults)


def _expression(node: Node, path: str, names: Names, faults: Faults) -> Requirement:
    if isinstance(node, Scalar):
        return _skill(node, path, names, faults)
    if isinstance(node, Sequence):
        what = "doit être une compétence {rsa: 2}, ou {all: […]}, {any: […]}, {not: …}, pas une liste"
        faults.add(node.mark, path, what)
        return All()
    fields = Fields(faults, node, path)
    parts = [_entry(key, fields, names) for key in node.entries]
    if not parts:
        faults.add(node.mark, path, "est vide, nommez une compétence")
    fields.close()
    return parts[0] if len(parts) == 1 else All(of=tuple(parts))


def _skill(node: Scalar, path: str, names: Names, faults: Faults) -> Requirement:
    """A skill alone: at any level."""
    try:
        text = fitting(node, values.NAME, values.NAME_SAID)
    except values.Unfit as unfit:
        faults.add(node.mark, path, str(unfit))
        return All()
    names.skills.append(Named(text, node.mark, path))
    return Has(skill=text)


def _entry(key: str, fields: Fields, names: Names) -> Requirement:
    if key == "not":
        node = fields.node(key)
        return All() if node is None else Not(of=_expression(node, fields.at(key), names, fields.faults))
    if key in WORDS:
        of = tuple(_several(key, fields, names))
        return All(of=of) if key == "all" else AnyOf(of=of)
    mark = fields.mark_of(key)
    names.skills.append(Named(key, mark, fields.at(key)))
    return Has(skill=key, level=fields.integer(key, None, 1, LEVELS))


def _several(key: str, fields: Fields, names: Names) -> list[Requirement]:
    node = fields.node(key)
    if node is None:
        return []
    if not isinstance(node, Sequence) or not node.items:
        what = f"doit être une liste non vide [a, b], pas {said(node)}"
        fields.faults.add(node.mark, fields.at(key), what if not isinstance(node, Sequence) else "est vide, nommez-en")
        return []
    return [
        _expression(item, f"{fields.at(key)}[{index}]", names, fields.faults) for index, item in enumerate(node.items)
    ]


def read_relax(fields: Fields, names: Names, longest_ms: int | None) -> tuple[Relax, ...]:
    """The list `relax` of a queue: steps, each later than the one before, the last no later than the longest wait: who
    goes before all others must be one whom everybody may take who ever may."""
    node = fields.node("relax", required=False)
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        what = f"doit être une liste d'étapes « - after: 60s », pas {said(node)}"
        fields.faults.add(node.mark, fields.at("relax"), what)
        return ()
    steps: list[Relax] = []
    for index, item in enumerate(node.items):
        inner = Fields(fields.faults, item, f"{fields.at('relax')}[{index}]")
        step = _step(inner, names)
        if steps and inner.has("after") and step.after_ms <= steps[-1].after_ms:
            what = "doit venir après l'étape précédente, écrivez les étapes dans l'ordre du temps"
            inner.faults.add(inner.mark_of("after"), inner.at("after"), what)
        if longest_ms is not None and step.after_ms > longest_ms:
            longest = values.spell_ms(longest_ms)
            what = f"vient après longest_wait ({longest}), où l'on passe avant tous, avancez l'étape jusque-là"
            inner.faults.add(inner.mark_of("after"), inner.at("after"), what)
        if step == Relax(after_ms=step.after_ms) and isinstance(item, Mapping):
            what = "n'assouplit rien, ajoutez drop, lower, queues, sectors, tenants ou languages"
            inner.faults.add(inner.mark, inner.path, what)
        steps.append(step)
        inner.close()
    if len(steps) > STEPS_MOST:
        fields.faults.add(node.mark, fields.at("relax"), f"{len(steps)} étapes, {STEPS_MOST} au plus")
    return tuple(steps)


def _step(fields: Fields, names: Names) -> Relax:
    drop = fields.names("drop", values.NAME, values.NAME_SAID, required=False)
    queues = fields.names("queues", values.NAME, values.NAME_SAID, required=False)
    names.skills += drop
    names.queues += queues
    return Relax(
        after_ms=fields.duration_ms("after", None, SECOND, 24 * HOUR),
        drop=tuple(name.text for name in drop),
        lower=fields.integer("lower", 0, 1, LEVELS - 1),
        queues=tuple(name.text for name in queues),
        sectors=fields.flag("sectors", False),
        tenants=fields.flag("tenants", False),
        languages=fields.flag("languages", False),
    )


def _turn(fields: Fields) -> Turn:
    """Whose turn it is, of a queue or of the platform."""
    worth_ms = _optional_ms(fields, "priority_worth", 0, 24 * HOUR)
    late_ms = _optional_ms(fields, "longest_wait", MINUTE, 24 * HOUR)
    order = cast('Literal["fcfs", "edf", "wait_over_target"]', fields.one_of("order", ORDERS, "fcfs"))
    return Turn(order=order, priority_worth_ms=worth_ms, longest_wait_ms=late_ms)


def _optional_ms(fields: Fields, name: str, least_ms: int, most_ms: int) -> int | None:
    """A duration whose absence means something of its own."""
    there = fields.node(name, required=False) is not None
    return fields.duration_ms(name, None, least_ms, most_ms) if there else None


def read_turn(parent: Fields) -> Turn | None:
    """The block `turn` of a queue."""
    fields = parent.block("turn")
    if fields is None:
        return None
    turn = _turn(fields)
    fields.close()
    return turn


def read_distribution(root: Fields) -> Distribution:
    """The block `distribution`; without it, priority and then arrival decide, and the longest idle agent is asked."""
    fields = root.block("distribution")
    if fields is None:
        return Distribution()
    agents = cast('Literal["longest_idle", "least_versatile"]', fields.one_of("agents", AGENTS, "longest_idle"))
    fairness_ms = _optional_ms(fields, "fairness", 0, HOUR)
    if fields.has("fairness") and agents != "least_versatile":
        what = "ne sert qu'avec agents: least_versatile, supprimez-le"
        fields.faults.add(fields.mark_of("fairness"), fields.at("fairness"), what)
    found = Distribution(
        turn=_turn(fields),
        agents=agents,
        fairness_ms=fairness_ms,
        keep_free=fields.integer("keep_free", 0, 0, 2),
    )
    fields.close()
    return found
