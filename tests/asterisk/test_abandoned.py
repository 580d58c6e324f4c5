"""Who gives up waiting is to be called back, until they get through by themselves."""

from __future__ import annotations

from core import events as e
from tests.asterisk.town import Here


async def test_who_gives_up_is_listed_once_and_no_longer_once_they_get_through(town: Here) -> None:
    first = await town.exchange.citizen()
    await first.fact(e.CallerHeld)
    await first.call.hang_up()
    await town.outcome(first, "abandoned")
    task = await first.fact(e.TaskOpened)
    assert (task.kind, task.queue, task.attempts) == ("abandoned", "conseil", 1)
    assert task.number is not None
    assert task.number.text == first.e164
    assert task.caller_key

    again = await town.exchange.citizen(like=first)
    calls = await town.watch.fact(e.CallArrived, nth=2)
    await town.watch.fact(e.CallerHeld, interaction=calls.interaction)
    await again.call.hang_up()
    repeated = await town.watch.fact(e.TaskRepeated, task=task.task)
    assert repeated.attempts == 2

    desk = await town.desk()
    third = await town.exchange.citizen(like=first)
    await desk.takes()
    closed = await town.watch.fact(e.TaskClosed, task=task.task)
    assert (closed.how, closed.agent) == ("got_through", desk.name)
    await third.call.hang_up()
    await town.watch.agent(desk.name, "available")


async def test_who_calls_again_is_before_those_who_came_meanwhile(town: Here) -> None:
    first = await town.exchange.citizen()
    await first.fact(e.CallerHeld)
    await first.call.hang_up()
    await first.fact(e.TaskOpened)
    meanwhile = await town.exchange.citizen()
    await meanwhile.fact(e.CallerHeld)
    again = await town.exchange.citizen(like=first)
    kept = await town.watch.fact(e.PlaceKept)
    await town.watch.fact(e.CallerHeld, interaction=kept.interaction)
    desk = await town.desk()
    await desk.takes()
    connected = await town.watch.fact(e.CallConnected)
    assert connected.interaction == kept.interaction
    await desk.hears_from(again)
    await again.call.hang_up()
    await desk.takes()
    await desk.hears_from(meanwhile)


async def test_an_agent_takes_and_closes_a_task_and_another_cannot(town: Here) -> None:
    citizen = await town.exchange.citizen()
    await citizen.fact(e.CallerHeld)
    await citizen.call.hang_up()
    task = (await citizen.fact(e.TaskOpened)).task

    async def asks(agent: str, wish: e.TaskWish) -> tuple[bool, str]:
        request = f"{agent} {wish}"
        town.platform.loop.submit(e.TaskAsked(cause="pages", request=request, agent=agent, task=task, wish=wish))
        answered = await town.watch.fact(e.RequestAnswered, request=request)
        return answered.done, answered.reason

    assert await asks("a1", "claim") == (True, "")
    assert await asks("a2", "claim") == (False, "task_taken")
    assert await asks("a1", "close") == (True, "")
    assert (await town.watch.fact(e.TaskClosed, task=task)).how == "done"
