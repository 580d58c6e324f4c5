"""A task's row, and the index of people."""

from __future__ import annotations

from casework.task import LIFE, Standing, Task


def row(state: str = "open", key: str = "k", tenant: str = "aure") -> Task:
    return Task(
        state=state,
        kind="abandoned",
        interaction="i",
        tenant=tenant,
        service="s",
        queue="q",
        topic="",
        number=None,
        caller_key=key,
        message="",
        since_at_ms=1,
        due_at_ms=2,
        expires_at_ms=30,
        attempts=1,
        until_at_ms=20,
        erase_at_ms=10,
    )


def test_each_state_waits_for_its_own_time() -> None:
    assert [row(state).deadline_ms for state in LIFE.table] == [30, 20, 10]


def test_a_persons_tasks_are_found_in_order_while_they_stand() -> None:
    standing = Standing()
    standing.watch("b", None, row())
    standing.watch("a", None, row())
    assert standing.of("aure", "k") == ("a", "b")
    assert standing.of("ailleurs", "k") == ()
    standing.watch("a", row(), row("claimed"))
    standing.watch("b", row(), row("closed"))
    assert standing.of("aure", "k") == ("a",)
    assert standing.rows("aure") == 2
    standing.watch("a", row("claimed"), None)
    standing.watch("b", row("closed"), None)
    assert (standing.of("aure", "k"), standing.rows("aure")) == ((), 0)


def test_what_is_undone_is_as_it_was() -> None:
    standing = Standing()
    standing.watch("a", None, row())
    standing.watch("a", row(), None)
    standing.watch("a", None, row())
    assert standing.of("aure", "k") == ("a",)


def test_nobody_is_known_by_an_empty_key() -> None:
    standing = Standing()
    standing.watch("a", None, row(key=""))
    assert standing.of("aure", "") == ()
