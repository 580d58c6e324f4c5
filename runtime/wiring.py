"""Who is who: the minds in the order in which they hear a fact, and the one owner of every command.

Checked when the kernel is made, so that a forgotten wire cannot start.
"""

from __future__ import annotations

import typing

import acd.decide
import calls.decide
import casework.decide
import ivr.decide
from core.commands import AnyCommand, Command
from core.deadlines import Deadlines
from core.errors import InvariantBroken
from core.interaction import ledger_mind
from core.mind import Configurations, Mind
from core.table import Undo


def minds(undo: Undo, deadlines: Deadlines, configurations: Configurations) -> tuple[Mind, ...]:
    """All minds.  The ledger comes first: what it counts must stand when the others decide."""
    return (
        ledger_mind(undo),
        ivr.decide.mind(undo, deadlines, configurations),
        acd.decide.mind(undo, deadlines, configurations),
        calls.decide.mind(undo, deadlines, configurations),
        casework.decide.mind(undo, deadlines, configurations),
    )


def owners(all_minds: tuple[Mind, ...]) -> dict[type[Command], str]:
    """The owner of every command; raises InvariantBroken if one has none, or two."""
    found: dict[type[Command], str] = {}
    for mind in all_minds:
        for command in mind.orders:
            if command in found:
                raise InvariantBroken(f"{command.__name__} has two owners: {found[command]} and {mind.name}")
            found[command] = mind.name
    orphans = [command.__name__ for command in typing.get_args(AnyCommand) if command not in found]
    if orphans:
        raise InvariantBroken(f"no mind owns {', '.join(orphans)}")
    return found
