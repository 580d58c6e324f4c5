"""Guessing passwords is slow, and tells nothing."""

from __future__ import annotations

from softphone_ui.attempts import FORGET_S, FREE, LONGEST_S, Attempts
from tests.softphone_ui.house import House


def test_after_some_failures_each_try_waits_longer_and_success_forgets() -> None:
    attempts = Attempts()
    waits = []
    for _ in range(FREE + 8):
        attempts.failed("alice", 0.0)
        waits.append(attempts.wait_s("alice", 0.0))
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE:] == sorted(waits[FREE:])
    assert waits[-1] == LONGEST_S
    assert attempts.wait_s("alice", LONGEST_S) == 0.0
    assert attempts.wait_s("alice", FORGET_S + 1) == 0.0
    attempts.succeeded("alice")
    assert attempts.wait_s("alice", 0.0) == 0.0


async def test_a_wrong_password_and_a_name_nobody_has_are_answered_the_same(house: House) -> None:
    wrong = await house.person().log_in("alice", "pas le bon du tout")
    nobody = await house.person().log_in("personne", "pas le bon du tout")
    assert (wrong.status, wrong.body) == (nobody.status, nobody.body) == (401, {"reason": "wrong"})


async def test_a_name_that_was_tried_too_often_waits_even_with_the_right_password(house: House) -> None:
    for name in ("alice", "personne"):
        person = house.person()
        for _ in range(FREE + 1):
            assert (await person.log_in(name, "pas le bon du tout")).status == 401
        answer = await person.log_in(name)
        assert (answer.status, answer.body) == (429, {"reason": "wait"})
        assert int(answer.headers["retry-after"]) >= 1
    assert (await house.person().log_in("bruno")).status == 200
