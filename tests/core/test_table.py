"""State that can step back: rows, what is derived from them, and the order they stand in."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from acd.floor import Floor
from acd.queue import Contact
from core import events as e
from core.deadlines import Deadlines
from core.table import Table, Undo
from tests import centres

CENTRE = centres.small()
QUEUES = ("rsa", "generaliste")
KEYS = st.sampled_from("abcdef")
WRITES = st.lists(
    st.tuples(KEYS, st.none() | st.tuples(st.sampled_from(QUEUES), st.integers(0, 9), st.booleans())),
    max_size=40,
)


def contact(queue: str, at_ms: int, offered: bool) -> Contact:
    need = e.Need(queue=queue, skills=(), priority=at_ms % 3, topic="", language="fr")
    return Contact(
        need=need,
        arrived_at_ms=at_ms,
        offer="o" if offered else None,
        expires_at_ms=at_ms + 5 if offered else None,
        announce_at_ms=at_ms + 2,
    )


class Books:
    """A table with the two indexes that hang on the real one."""

    def __init__(self) -> None:
        self.undo = Undo()
        self.deadlines = Deadlines()
        self.waiting = Floor(CENTRE, CENTRE.queues.__getitem__).waiting
        timers = self.deadlines.watcher("contact")

        def watch(key: str, old: Contact | None, new: Contact | None) -> None:
            self.waiting.watch(key, old, new)
            timers(key, old, new)

        self.table: Table[str, Contact] = Table(self.undo, watch)

    def write(self, writes: list[tuple[str, tuple[str, int, bool] | None]]) -> None:
        for key, row in writes:
            if row is None:
                self.table.drop(key)
            else:
                self.table.put(key, contact(*row))

    def told(self) -> object:
        """Everything that a decision could read."""
        first = self.deadlines.first()
        return (
            dict(self.table.items()),
            {key: self.waiting.position(key, row, 10) for key, row in self.table.items() if row.offer is None},
            {queue: self.waiting.length(queue) for queue in QUEUES},
            first,
        )


@given(WRITES, WRITES)
def test_rolling_back_restores_rows_lines_and_deadlines(
    good: list[tuple[str, tuple[str, int, bool] | None]], bad: list[tuple[str, tuple[str, int, bool] | None]]
) -> None:
    books = Books()
    books.write(good)
    books.undo.forget()
    before = books.told()
    books.write(bad)
    books.undo.roll_back()
    assert books.told() == before


@given(WRITES)
def test_indexes_are_those_of_a_table_written_at_once(
    writes: list[tuple[str, tuple[str, int, bool] | None]],
) -> None:
    books, fresh = Books(), Books()
    books.write(writes)
    for key, row in books.table.items():
        fresh.table.put(key, row)
    assert books.told() == fresh.told()


def test_a_good_step_is_not_taken_back_by_a_bad_one() -> None:
    books = Books()
    books.write([("a", ("rsa", 1, False))])
    books.undo.forget()
    books.write([("a", ("rsa", 2, True)), ("b", ("rsa", 3, False)), ("a", None)])
    books.undo.roll_back()
    assert list(books.table) == ["a"]
    assert books.table["a"].arrived_at_ms == 1


def test_rows_stand_in_the_order_of_their_first_writing() -> None:
    books = Books()
    books.write([("b", ("rsa", 1, False)), ("a", ("rsa", 1, False)), ("b", ("generaliste", 4, False))])
    assert list(books.table) == ["b", "a"]
    assert [row.need.queue for row in books.table.values()] == ["generaliste", "rsa"]


def test_rolling_back_restores_the_order_of_the_rows() -> None:
    """Decisions walk through tables in their order: a standby that folds must find the same one."""
    books = Books()
    books.write([("a", ("rsa", 1, False)), ("b", ("rsa", 1, False))])
    books.undo.forget()
    books.write([("a", None)])
    books.undo.roll_back()
    assert list(books.table) == ["a", "b"]


def test_a_key_that_is_not_there_is_dropped_without_fault_and_without_a_word() -> None:
    heard: list[str] = []
    table: Table[str, Contact] = Table(Undo(), lambda key, _old, _new: heard.append(key))
    table.drop("nobody")
    assert heard == []
    assert table.get("nobody") is None
    assert "nobody" not in table
    assert len(table) == 0


def test_rows_are_frozen_so_that_an_undo_can_trust_them() -> None:
    row = contact("rsa", 1, offered=False)
    assert msgspec.structs.replace(row, offers=1).offers == 1
    assert row.offers == 0
    assert Contact.__struct_config__.frozen
