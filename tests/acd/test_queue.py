"""Waiting interactions: who is first, and what is asked of whoever serves them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acd.queue import Contact, Waiting, can_take, place, skills_of
from core.centre import Agent, Queue, Skill
from core.table import Table, Undo
from tests.alone import need


def contact(queue: str = "rsa", priority: int = 5, at_ms: int = 0, **changes: object) -> Contact:
    row = {"need": need(queue, priority), "skills": (), "arrived_at_ms": at_ms, **changes}
    return Contact(**row)  # type: ignore[arg-type]


def agent(**skills: int) -> Agent:
    return Agent(name="alice", display="Alice", phone="1001", skills=skills, queues=("rsa",))


ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(("rsa", "pmi")),
        st.integers(1, 3),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=40,
)


@given(ROWS)
def test_the_line_is_by_priority_then_arrival_then_name_without_those_on_offer(
    rows: list[tuple[str, str, int, int, bool]],
) -> None:
    waiting = Waiting()
    table: Table[str, Contact] = Table(Undo(), waiting.watch)
    for key, queue, priority, at_ms, offered in rows:
        table.put(key, contact(queue, priority, at_ms, offer="o" if offered else None))
    for queue in ("rsa", "pmi"):
        expected = sorted(
            place(key, row) for key, row in table.items() if row.offer is None and row.need.queue == queue
        )
        assert list(waiting.line(queue)) == expected
        assert waiting.length(queue) == len(expected)
        for position, (_, _, key) in enumerate(expected, start=1):
            assert waiting.position(key, table[key]) == position


def test_a_lower_priority_number_goes_first_whenever_it_came() -> None:
    assert place("b", contact(priority=1, at_ms=9)) < place("a", contact(priority=2, at_ms=1))


def test_of_the_queues_demand_and_the_callers_the_higher_level_counts() -> None:
    queue = Queue(name="rsa", title="RSA", skills=(Skill(name="rsa", level=2), Skill(name="accueil")))
    asked = need("rsa", skills=(Skill(name="rsa", level=1), Skill(name="droit", level=3)))
    levels = {skill.name: skill.level for skill in skills_of(queue, asked)}
    assert levels == {"rsa": 2, "accueil": 1, "droit": 3}


@given(st.integers(0, 5), st.integers(1, 5))
def test_an_agent_below_the_level_cannot_take_it(has: int, asked: int) -> None:
    assert can_take(agent(rsa=has), contact(skills=(Skill(name="rsa", level=asked),))) == (has >= asked)


def test_an_agent_of_another_queue_cannot_take_it_however_much_they_know() -> None:
    assert not can_take(agent(rsa=5), contact("pmi"))


def test_a_contact_on_offer_waits_for_the_offers_end_and_others_for_their_next_announcement() -> None:
    row = contact(announce_at_ms=10, expires_at_ms=20)
    assert row.deadline_ms == 10
    assert contact(announce_at_ms=10, expires_at_ms=20, offer="o").deadline_ms == 20
