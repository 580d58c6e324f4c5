"""Taking out of a journal what nobody needs any more: old steps, and the keys of the interactions that are gone.

Only steps before both kept snapshots can go: every start begins at one of these.  What stands in their place is a gap,
so that nobody takes them for lost.  A running centre may go on writing meanwhile: a little is deleted at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select

from core.ids import InteractionId
from journal.shelf import Shelf
from journal.snapshot import KEPT
from journal.tables import GAPS, SNAPSHOTS, STEPS, TOUCHED

# Steps of one transaction: some ten milliseconds, in which the centre's own commit waits.
AT_ONCE: Final = 200


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps are gone, and which interactions with their keys."""

    steps: int
    interactions: tuple[InteractionId, ...]


def prune(engine: Engine, shelf: Shelf, *, before_ms: int, needed: Collection[InteractionId]) -> Pruned:
    """Deletes steps older than `before_ms` that concern none of `needed`, and what was sealed for those then gone.

    Keys go after the steps: stopped in between, it leaves keys that open nothing, for the next time.  Raises
    SQLAlchemyError.
    """
    until = _snapshots_begin(engine)
    gone: dict[InteractionId, None] = {}
    count = after = 0
    while (found := _some(engine, after, until, before_ms)) is not None:
        after, concerned = found
        old = [seq for seq, interactions in concerned.items() if interactions.isdisjoint(needed)]
        if old:
            with engine.begin() as connection:
                _delete(connection, old)
        count += len(old)
        gone |= dict.fromkeys(one for seq in old for one in sorted(concerned[seq]))
    forgotten = list(_without_steps(engine, gone))
    for some in _parts(forgotten):
        shelf.forget(some)
    if forgotten:
        shelf.scrub()
    return Pruned(steps=count, interactions=tuple(forgotten))


def _snapshots_begin(engine: Engine) -> int:
    """The step of the older of the two snapshots; 0 as long as there are not two."""
    with engine.connect() as connection:
        first, count = connection.execute(select(func.min(SNAPSHOTS.c.seq), func.count())).one()
    return first if count >= KEPT else 0


def _some(engine: Engine, after: int, until: int, before_ms: int) -> tuple[int, dict[int, set[InteractionId]]] | None:
    """The next old steps with the interactions that each concerns, and how far that goes; None at the end."""
    old = (
        select(STEPS.c.seq, STEPS.c.interaction)
        .where(STEPS.c.seq > after, STEPS.c.seq <= until, STEPS.c.now_ms < before_ms)
        .order_by(STEPS.c.seq)
        .limit(AT_ONCE)
    )
    with engine.connect() as connection:
        rows = connection.execute(old).all()
        if not rows:
            return None
        last = int(rows[-1].seq)
        concerned = {int(row.seq): {row.interaction} - {None} for row in rows}
        further = select(TOUCHED).where(TOUCHED.c.seq > after, TOUCHED.c.seq <= last)
        for row in connection.execute(further):
            if row.seq in concerned:
                concerned[row.seq].add(row.interaction)
    return last, concerned


def _delete(connection: Connection, old: list[int]) -> None:
    """The steps, and in their place a gap from the beginning on; those that stay in it are for reading, not folding."""
    connection.execute(delete(TOUCHED).where(TOUCHED.c.seq.in_(old)))
    connection.execute(delete(STEPS).where(STEPS.c.seq.in_(old)))
    connection.execute(delete(GAPS).where(GAPS.c.first_seq <= old[-1], GAPS.c.last_seq <= old[-1]))
    connection.execute(delete(GAPS).where(GAPS.c.first_seq == 1))
    connection.execute(insert(GAPS).values(first_seq=1, last_seq=old[-1], settled=True))


def _without_steps(engine: Engine, gone: Iterable[InteractionId]) -> Iterable[InteractionId]:
    """Those of whom no step is left."""
    with engine.connect() as connection:
        for some in _parts(gone):
            left = {
                row[0] for row in connection.execute(select(STEPS.c.interaction).where(STEPS.c.interaction.in_(some)))
            }
            left |= {
                row[0]
                for row in connection.execute(select(TOUCHED.c.interaction).where(TOUCHED.c.interaction.in_(some)))
            }
            yield from (one for one in some if one not in left)


def _parts(interactions: Iterable[InteractionId]) -> Iterable[list[InteractionId]]:
    every = list(interactions)
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))
