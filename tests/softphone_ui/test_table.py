"""Figures of the supervisor's table, as the field defines them."""

from __future__ import annotations

import json

import msgspec

from core import events as e
from core.centre import UNKNOWN_NUMBER, Service
from core.step import Step
from softphone_ui.picture import Picture
from softphone_ui.table import difference, table
from tests.acd.test_state import state_of
from tests.alone import arrived, chosen
from tests.centres import START_MS, careful, interaction, small
from tests.softphone_ui.house import House, two_tenants

TENANTS = tuple(sorted({service.tenant for service in small().services.values()}))


def told(picture: Picture, *facts: e.Event, at_ms: int) -> None:
    picture.fold(Step(seq=picture.seq + 1, now_ms=START_MS + at_ms, input=facts[0], facts=facts[1:]))


def queued(number: int) -> e.InteractionQueued:
    need = e.Need(queue="rsa", skills=(), priority=5, topic="", language="fr", tenant="aure")
    return e.InteractionQueued(cause="t", interaction=interaction(number), need=need, arrived_at_ms=START_MS)


def connected(number: int) -> e.CallConnected:
    return e.CallConnected(cause="t", interaction=interaction(number), agent="alice", leg="l")


def ended(number: int, outcome: e.Outcome) -> e.InteractionEnded:
    return e.InteractionEnded(cause="t", interaction=interaction(number), outcome=outcome, reason="")


def day() -> Picture:
    """Five callers: answered at once, answered late, gone at once, gone late, still waiting."""
    picture = Picture(small())
    for number in range(1, 6):
        told(picture, arrived(interaction(number)), queued(number), at_ms=0)
    told(picture, chosen(interaction(1)), connected(1), at_ms=10_000)
    told(picture, ended(3, "abandoned"), at_ms=4_000)
    told(picture, connected(2), at_ms=30_000)
    told(picture, ended(4, "abandoned"), at_ms=40_000)
    return picture


def test_what_a_queue_shows() -> None:
    row = table(day(), TENANTS)["queues"]["rsa"]
    assert (row["offered"], row["answered"], row["in_target"]) == (5, 2, 1)
    assert (row["abandoned"], row["short"]) == (2, 1)
    assert (row["waiting"], row["oldest_at_ms"], row["asa_ms"]) == (1, START_MS, 20_000)


def test_a_queue_shows_its_whole_teams_occupancy_and_never_that_of_one_or_two() -> None:
    picture = day()
    for name in ("alice", "bruno", "chloé"):
        told(picture, state_of(name, "available"), at_ms=50_000)
    told(picture, state_of("chloé", "on_interaction"), at_ms=60_000)
    told(picture, state_of("bruno", "wrap_up"), at_ms=60_000)
    told(picture, state_of("alice", "paused"), at_ms=70_000)
    queues = table(picture, TENANTS)["queues"]
    assert queues["generaliste"]["occupancy"] == 33  # 2 x 10 s of 3 x 10 s + 10 s + 2 x 10 s
    assert queues["rsa"]["occupancy"] is None
    told(picture, state_of("alice", "logged_out"), at_ms=80_000)
    assert table(picture, TENANTS)["queues"]["generaliste"]["occupancy"] is None


def test_a_queue_shows_how_long_the_last_who_came_may_wait() -> None:
    picture = day()
    assert table(picture, TENANTS)["queues"]["rsa"]["expected"] is None
    expected = e.Expected(low_ms=60_000, high_ms=300_000)
    last = interaction(5)
    told(picture, e.AnnouncementDue(cause="t", interaction=last, say=(), next_at_ms=1, expected=expected), at_ms=50_000)
    assert table(picture, TENANTS)["queues"]["rsa"]["expected"] == {"low_ms": 60_000, "high_ms": 300_000}
    told(picture, e.WaitLeft(cause="t", interaction=last, queue="rsa", script="messagerie"), at_ms=51_000)
    row = table(picture, TENANTS)["queues"]["rsa"]
    assert (row["waiting"], row["expected"]) == (0, None)


def test_lost_is_shown_even_when_there_are_none() -> None:
    totals = table(day(), TENANTS)["totals"]["all"]
    assert (totals["lost"], totals["abandoned"], totals["waiting"], totals["talking"]) == (0, 2, 1, 2)


def test_calls_to_a_closed_service_and_to_a_number_that_nobody_has_are_counted_apart() -> None:
    picture = day()
    nobodys = msgspec.structs.replace(arrived(interaction(8)), dialled="+33199009999")
    unknown = Service(name=UNKNOWN_NUMBER, title="", numbers=(), script="accueil", safe_queue="rsa")
    services = {**picture.centre.services, UNKNOWN_NUMBER: unknown}
    picture.centre = msgspec.structs.replace(picture.centre, services=services)
    told(picture, arrived(interaction(7)), ended(7, "out_of_hours"), nobodys, ended(8, "unknown_number"), at_ms=60_000)
    totals = table(picture, TENANTS)["totals"]["all"]
    assert (totals["out_of_hours"], totals["unknown_number"], totals["resolved"]) == (1, 1, 0)
    elsewhere = table(picture, ("ailleurs",))["totals"]["all"]
    assert (elsewhere["out_of_hours"], elsewhere["unknown_number"]) == (0, 1), "nobody's number is the platform's"


def test_figures_are_those_of_a_day_of_the_calendar() -> None:
    picture = day()
    told(picture, queued(5), at_ms=24 * 3_600_000)
    row = table(picture, TENANTS)["queues"]["rsa"]
    assert (row["offered"], row["answered"]) == (1, 0), "who waits at midnight counts in the new day"


def test_no_figure_of_one_agent_is_there_but_what_they_can_state_reason_and_duration() -> None:
    rows = table(day(), TENANTS)["agents"].values()
    assert rows
    assert {field for row in rows for field in row} == {
        "display",
        "skills",
        "queues",
        "state",
        "reason",
        "title",
        "since_ms",
        "interaction",
        "overran",
    }
    assert table(day(), ())["agents"] == {}


def test_no_number_and_no_name_of_a_caller_is_in_it() -> None:
    assert "+33639980000" not in json.dumps(table(day(), TENANTS))


async def test_channels_in_use_are_those_of_callers_who_are_here(house: House) -> None:
    house.available("alice")
    first, _second = house.arrives(), house.arrives()
    house.answers(first)
    line = {"used": 2, "channels": 30, "reserved": 3, "away": ""}
    assert table(house.pages.picture, ("nord",))["lines"] == {"operateur": line}
    house.hangs_up(first)
    assert table(house.pages.picture, ("nord",))["lines"]["operateur"]["used"] == 1


def test_a_line_that_the_operator_lost_is_said_until_it_is_back() -> None:
    picture = Picture(two_tenants())
    for reachable, reason in ((False, "not_registered"), (True, "")):
        changed = e.TrunkChanged(cause="t", node="n", trunk="operateur", reachable=reachable, reason=reason)  # type: ignore[arg-type]
        told(picture, changed, at_ms=1_000)
        assert table(picture, ("nord",))["lines"]["operateur"]["away"] == reason


def test_what_looks_like_fraud_is_told_to_the_supervisors_of_the_agent_until_midnight() -> None:
    picture = Picture(two_tenants())
    nord = next(agent for agent in picture.centre.agents.values() if agent.tenants == ("nord",))
    told(picture, e.FraudSuspected(cause="t", agent=nord.name, why="costly", count=10, held=True), at_ms=5_000)
    assert table(picture, ("nord",))["suspected"] == {
        "0": {"at_ms": START_MS + 5_000, "agent": nord.display, "why": "costly", "count": 10, "held": True}
    }
    assert table(picture, ("sud",))["suspected"] == {}
    told(picture, ended(9, "abandoned"), at_ms=24 * 3_600_000)
    assert table(picture, ("nord",))["suspected"] == {}


def test_unusual_look_ups_are_told_to_the_supervisors_whose_records_they_are() -> None:
    picture = Picture(two_tenants())
    agent = next(iter(picture.centre.agents.values()))
    told(picture, e.LookUpsUnusual(cause="t", tenant="sud", why="persons", count=31, agent=agent.name), at_ms=5_000)
    told(picture, e.LookUpsUnusual(cause="t", tenant="sud", why="agents", count=6, person="0123456789"), at_ms=6_000)
    first, second = table(picture, ("sud",))["suspected"].values()
    assert (first["agent"], first["why"], first["count"]) == (agent.display, "persons", 31)
    assert (second["agent"], second["why"], "person" in second) == ("", "agents", False)
    assert table(picture, ("nord",))["suspected"] == {}


def test_a_difference_says_what_changed_and_what_went() -> None:
    old = {"queues": {"a": 1, "b": 2}, "agents": {"x": 1}}
    new = {"queues": {"a": 1, "c": 3}, "agents": {"x": 1}}
    assert difference(old, new) == {"queues": {"c": 3, "b": None}}


def test_of_a_pause_after_a_difficult_call_only_the_number_is_told() -> None:
    picture = Picture(careful())

    def becomes(agent: str, reason: str) -> e.AgentStateChanged:
        return e.AgentStateChanged(
            cause="t", agent=agent, state="paused", reason=reason, interaction=None, until_at_ms=None, misses=0
        )

    told(picture, becomes("alice", "appel_difficile"), becomes("bruno", "dejeuner"), at_ms=0)
    overran = [
        e.PauseOverran(cause="t", agent=agent, reason=reason, since_at_ms=START_MS, longest_ms=8_000)
        for agent, reason in (("alice", "appel_difficile"), ("bruno", "dejeuner"))
    ]
    told(picture, *overran, at_ms=8_000)
    shown = table(picture, TENANTS)
    told_of = ("state", "reason", "title", "since_ms", "overran")
    assert [shown["agents"]["alice"][field] for field in told_of] == ["paused", "", "", None, False]
    lunch = shown["agents"]["bruno"]
    assert (lunch["reason"], lunch["title"], lunch["overran"]) == ("dejeuner", "Déjeuner", True)
    assert shown["totals"]["all"]["difficult"] == 1
    assert table(picture, ())["totals"]["all"]["difficult"] == 0
