"""config/urgences.yaml: dangers and vulnerabilities, how people say them, and what only sounds like them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

from runtime.settings import values
from runtime.settings.reading import Fields, words
from speech.understand.urgency import Level, RuleFault, Signal, Urgencies, compiled

# The longest of the shipped rules have half of that.
RULE_CHARACTERS: Final = 800
SIGNALS_MOST: Final = 60
_NUMBER: Final = re.compile(r"[0-9]{2,15}")
_PHRASE: Final = re.compile(r"[a-z0-9# ]{1,80}")

Lists = Mapping[str, tuple[str, ...]]


def read_urgences(root: Fields) -> Urgencies:
    """The block `urgences`; without it nothing that is said is urgent."""
    fields = root.block("urgences")
    if fields is None:
        return Urgencies()
    lists: dict[str, tuple[str, ...]] = {}
    block = fields.block("words")
    if block is not None:
        for name in fields.mapping("words", values.NAME, values.NAME_SAID):
            lists[name] = _phrases(block, name)
        block.close()
    past = _rules(fields, "past", lists, required=False)
    declared = fields.mapping("signals", values.NAME, values.NAME_SAID)
    if len(declared) > SIGNALS_MOST:
        fields.faults.add(fields.mark_of("signals"), fields.at("signals"), f"{len(declared)}, {SIGNALS_MOST} au plus")
    signals = {
        name: _signal(name, Fields(fields.faults, node, fields.at(f"signals.{name}")), lists)
        for name, (_, node) in declared.items()
    }
    fields.close()
    return Urgencies(signals=signals, words=lists, past=past)


def _signal(name: str, fields: Fields, lists: Lists) -> Signal:
    signal = Signal(
        name=name,
        title=fields.label("title"),
        level=cast(Level, fields.integer("level", None, 1, 3)),
        hear=_rules(fields, "hear", lists),
        worse=_rules(fields, "worse", lists, required=False),
        unless=_rules(fields, "unless", lists, required=False),
        numbers=tuple(one.text for one in fields.names("numbers", _NUMBER, "des chiffres, entre guillemets", False)),
        now=fields.flag("now", False),
        discreet=fields.flag("discreet", False),
    )
    fields.close()
    return signal


def _phrases(fields: Fields, name: str) -> tuple[str, ...]:
    """The words of a list, as they are compared: small letters without accents or apostrophes."""
    found = []
    for node, field in fields.sequence(name):
        phrase = " ".join(node.text.split())
        if _PHRASE.fullmatch(phrase):
            found.append(phrase)
        else:
            what = f"« {phrase[:60]} » : écrivez en minuscules, sans accents, apostrophes ni traits d'union"
            fields.faults.add(node.mark, field, what)
    return tuple(found)


def _rules(fields: Fields, name: str, lists: Lists, required: bool = True) -> tuple[str, ...]:
    """The rules of a list; each is compiled once here, so that a wrong one is told with its place."""
    found = []
    for node, field in fields.sequence(name, required):
        try:
            rule = " ".join(words(node).split())
            if len(rule) > RULE_CHARACTERS:
                raise values.Unfit(f"{len(rule)} caractères, {RULE_CHARACTERS} au plus, découpez-la")
            compiled(rule, lists)
        except (values.Unfit, RuleFault) as fault:
            fields.faults.add(node.mark, field, str(fault))
        else:
            found.append(rule)
    return tuple(found)
