"""Who does a task."""

from __future__ import annotations

import msgspec
import pytest

from casework.decide import mind
from core import events as e
from core import ids
from core.centre import Role
from core.commands import SeekCitizen
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, B, Said, names, only
from tests.casework.test_lists import called, ended, tasks

TASK = ids.task(A)
CLAIM_MS = 20 * 60_000


def listed(role: Role = "agent", tenants: tuple[str, ...] = ("aure",)) -> Alone:
    """A gave up; chloé is of that role, and of those tenants."""
    centre = centres.small()
    chloe = msgspec.structs.replace(centre.agents["chloé"], role=role, tenants=tenants)
    alone = Alone(mind, msgspec.structs.replace(centre, agents={**centre.agents, "chloé": chloe}))
    called(alone).tell(ended())
    return alone


def asked(wish: e.TaskWish, agent: str = "alice", task: str = TASK) -> e.TaskAsked:
    return e.TaskAsked(cause="pages", request="r1", agent=agent, task=task, wish=wish)


def answer(said: list[Said]) -> tuple[bool, str]:
    answered = only(said, e.RequestAnswered)
    assert answered.request == "r1"
    return answered.done, answered.reason


def placed(agent: str = "alice", task: str = TASK) -> e.CallPlaced:
    return e.CallPlaced(
        cause="outgoing",
        request="",
        interaction=B,
        agent=agent,
        phone="1001",
        leg=ids.agent_leg(B, 1),
        service="solidarites",
        number=Personal(B, "number", "+33639980000"),
        task=task,
        kind="mobile",
        line="ligne",
        node="nord",
    )


def test_a_task_is_one_agents_for_a_while() -> None:
    alone = listed()
    said = alone.tell(asked("claim"))
    claimed = only(said, e.TaskClaimed)
    assert (claimed.agent, claimed.until_at_ms) == ("alice", centres.START_MS + CLAIM_MS)
    assert answer(said) == (True, "")
    assert answer(alone.tell(asked("claim", "bruno"))) == (False, "task_taken")
    assert only(alone.next(), e.TaskReleased).agent == "alice"
    assert answer(alone.tell(asked("claim", "bruno"))) == (True, "")


def test_claiming_again_gives_more_time() -> None:
    alone = listed()
    alone.tell(asked("claim"))
    assert only(alone.tell(asked("claim"), after_ms=1_000), e.TaskClaimed).until_at_ms == alone.now_ms + CLAIM_MS


def test_only_who_has_it_gives_it_back_or_closes_it() -> None:
    alone = listed()
    assert answer(alone.tell(asked("close"))) == (False, "task_not_yours")
    alone.tell(asked("claim"))
    assert answer(alone.tell(asked("release", "bruno"))) == (False, "task_not_yours")
    assert answer(alone.tell(asked("close", "bruno"))) == (False, "task_not_yours")
    assert names(alone.tell(asked("release"))) == ["TaskReleased", "RequestAnswered"]
    alone.tell(asked("claim"))
    closed = only(alone.tell(asked("close")), e.TaskClosed)
    assert (closed.agent, closed.how) == ("alice", "done")
    assert tasks(alone) == []


def test_a_supervisor_takes_it_from_whoever_has_it() -> None:
    alone = listed("supervisor")
    alone.tell(asked("claim"))
    assert only(alone.tell(asked("release", "chloé")), e.TaskReleased).agent == "alice"
    assert only(alone.tell(asked("close", "chloé")), e.TaskClosed).agent == "chloé"


@pytest.mark.parametrize("wish", ["claim", "release", "close"])
@pytest.mark.parametrize(
    ("agent", "task", "reason"),
    [
        ("inconnue", TASK, "agent_unknown"),
        ("alice", ids.task(B), "task_unknown"),
        ("chloé", TASK, "task_unknown"),
    ],
)
def test_another_tenants_task_is_one_that_nobody_here_has_heard_of(
    wish: e.TaskWish, agent: str, task: str, reason: str
) -> None:
    alone = listed("administrator", tenants=("ailleurs",))
    assert answer(alone.tell(asked(wish, agent, task))) == (False, reason)
    assert [task.state for task in tasks(alone)] == ["open"]


def test_whoever_calls_has_the_task_as_long_as_the_call_lasts() -> None:
    alone = listed()
    assert only(alone.tell(placed()), e.TaskClaimed).agent == "alice"
    assert names(alone.next()) == ["TaskClaimed"], "still calling"
    alone.tell(ended(B, "answered"))
    assert names(alone.next()) == ["TaskReleased"]


def test_the_record_of_whom_somebody_calls_is_sought_once_and_nobody_waits_for_it() -> None:
    alone = listed()
    said = alone.tell(placed())
    assert only(said, SeekCitizen).number.text == "+33639980000"
    assert only(said, e.CitizenSought).interaction == B
    assert B not in alone.state.visits


def test_calling_for_anothers_task_or_for_none_takes_nothing() -> None:
    alone = listed()
    alone.tell(asked("claim"))
    assert alone.tell(placed("bruno"), placed(task=""), placed(task=ids.task(B))) == []


def test_a_task_does_not_expire_in_somebodys_hands() -> None:
    alone = listed()
    alone.now_ms += 48 * 3_600_000 - 60_000
    alone.tell(asked("claim"))
    assert names(alone.next()) == [
        "TaskReleased",
    ]
    assert only(alone.next(), e.TaskClosed).how == "expired"
