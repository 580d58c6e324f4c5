"""`./allo simulate`: the same days for every rule, an engine that loses nobody, a baseline as its source has it."""

from __future__ import annotations

import json
import shutil
import statistics
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from acd.staffing import Load, service
from core import events as e
from core.centre import Agent, Centre, Queue
from core.needs import Distribution, Relax, Skill, Turn
from core.step import Step
from runtime.commands.roster import ZONE
from runtime.commands.simulate import Asked, run_simulate
from runtime.memory import Memory
from runtime.settings import load
from runtime.simulation import arrivals
from runtime.simulation.app_queue import AppQueue
from runtime.simulation.arrivals import Caller, Slot, generate
from runtime.simulation.engine import Day, Engine, lifted_ms
from runtime.simulation.outcome import by_queue, figures, mean_of
from runtime.simulation.rules import rule, under
from tests import centres

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
HOUR_MS = 3_600_000


def centre(agents: int, wrap_up_ms: int = 0, target_ms: int = 20_000) -> Centre:
    """One queue and so many agents who can all take it."""
    names = [f"a{number}" for number in range(agents)]
    people = {
        name: Agent(name=name, display=name, phone=f"9{number}", skills={}, queues=("q",), wrap_up_ms=wrap_up_ms)
        for number, name in enumerate(names)
    }
    queues = {"q": Queue(name="q", title="Une file", target_ms=target_ms, max_waiting=10_000, offer_ms=10_000)}
    return msgspec.structs.replace(centres.small(), agents=people, queues=queues)


def need(queue: str = "q") -> e.Need:
    return e.Need(queue=queue, skills=(), priority=5, topic="", language="fr")


def day(seed: int = 1, calls: float = 600, hours: int = 3) -> list[Caller]:
    slots = [Slot(hour * HOUR_MS, HOUR_MS, calls) for hour in range(hours)]
    return generate(slots, [need()], seed, aht_s=120, patience_s=120)


def quiet(_calls: int) -> None:
    """Nobody looks at the progress."""


def played(rule: type[Engine] | type[AppQueue], callers: list[Caller], agents: int = 20) -> Day:
    return rule(centre(agents), callers, quiet).run()


@pytest.mark.parametrize("rule", [Engine, AppQueue])
def test_everybody_is_accounted_for_and_no_agent_has_two_callers(rule: type[Engine] | type[AppQueue]) -> None:
    callers = day()
    found = played(rule, callers)
    assert sorted((one.caller for one in found.served), key=lambda caller: caller.at_ms) == callers
    talks = defaultdict(list)
    for one in found.served:
        assert one.wait_ms <= one.caller.patience_ms
        if one.agent:
            begins_ms = one.caller.at_ms + one.wait_ms
            talks[one.agent].append((begins_ms, begins_ms + one.caller.talk_ms))
    for spans in talks.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("rule", [Engine, AppQueue])
def test_the_same_day_gives_the_same_figures(rule: type[Engine] | type[AppQueue]) -> None:
    assert played(rule, day(seed=3)) == played(rule, day(seed=3))
    assert day(seed=3) != day(seed=4)


def test_the_engine_agrees_with_erlang_a() -> None:
    """20 agents busy with 600 calls an hour of 122 s (the telephone is lifted after 2 s): abandons as the formula."""
    days = [figures(played(Engine, day(seed=seed, hours=10)), centre(20)) for seed in range(4)]
    expected = service(Load(calls_per_hour=600, aht_s=122, patience_s=120), 20, 20)
    assert statistics.fmean(one.p_abandon for one in days) == pytest.approx(expected.p_abandon, abs=0.02)
    assert statistics.fmean(one.occupancy for one in days) == pytest.approx(expected.occupancy, abs=0.04)


def test_who_came_first_is_served_first_by_the_engine() -> None:
    callers = [Caller(number * 1_000, need(), 60_000, HOUR_MS) for number in range(6)]
    served = sorted(played(Engine, callers, agents=1).served, key=lambda one: one.caller.at_ms)
    begins = [one.caller.at_ms + one.wait_ms for one in served]
    assert begins == sorted(begins)


def test_app_queue_looks_once_a_second() -> None:
    """The second of two callers rings the only agent at its next look after the first has gone."""
    first, second = Caller(0, need(), 10_000, HOUR_MS), Caller(300, need(), 10_000, HOUR_MS)
    waits_ms = [one.wait_ms for one in played(AppQueue, [first, second], agents=1).served]
    free_ms = waits_ms[0] + first.talk_ms
    looks = -(-(free_ms - second.at_ms) // 1_000) * 1_000
    assert waits_ms[1] == looks + lifted_ms(second)


def test_an_agent_without_the_level_is_no_member() -> None:
    skilled = msgspec.structs.replace(need(), skills=(Skill(name="rsa", level=3),))
    served = played(AppQueue, [Caller(0, skilled, 1_000, 5_000)]).served
    assert [(one.agent, one.wait_ms) for one in served] == [("", 5_000)]


def test_who_is_taken_by_somebody_without_what_was_asked_at_first_counts_as_a_transfer() -> None:
    skilled = msgspec.structs.replace(need(), skills=(Skill(name="rsa", level=3),))
    alone = centre(1)
    queue = msgspec.structs.replace(alone.queues[skilled.queue], relax=(Relax(after_ms=4_000, drop=("rsa",)),))
    eased = msgspec.structs.replace(alone, queues={**alone.queues, skilled.queue: queue})
    callers = [Caller(0, skilled, 1_000, HOUR_MS), Caller(HOUR_MS, need(), 1_000, HOUR_MS)]
    found = figures(Engine(eased, callers, quiet).run(), eased)
    assert (found.p_abandon, found.transfers) == (0.0, 0.5)
    assert found.longest_s >= 4


def test_generated_days_have_as_many_calls_as_asked_for() -> None:
    slots = [Slot(0, HOUR_MS, 100), Slot(HOUR_MS, HOUR_MS, 0), Slot(2 * HOUR_MS, HOUR_MS, 50, queue="b")]
    callers = [
        one for seed in range(40) for one in generate(slots, [need(), need("b")], seed, aht_s=200, patience_s=90)
    ]
    counts = [sum(1 for one in callers if one.at_ms // HOUR_MS == hour) / 40 for hour in range(3)]
    assert counts[0] == pytest.approx(100, abs=6)
    assert counts[1] == 0
    assert counts[2] == pytest.approx(50, abs=5)
    assert {one.need.queue for one in callers if one.at_ms >= 2 * HOUR_MS} == {"b"}
    assert statistics.fmean(one.talk_ms for one in callers) == pytest.approx(200_000, rel=0.05)
    assert statistics.fmean(one.patience_ms for one in callers) == pytest.approx(90_000, rel=0.06)


def test_the_needs_are_those_that_scripts_can_state() -> None:
    shipped = load(CONFIG).centre
    found = arrivals.needs_of(shipped)
    assert {one.queue for one in found} <= set(shipped.queues)
    assert len({one.tenant for one in found}) == 2
    assert max(arrivals.day_of(80), key=lambda slot: slot.calls).calls == 80


def steps(*told: tuple[int, e.Event]) -> list[Step]:
    return [Step(seq=seq, now_ms=at_ms, input=fact) for seq, (at_ms, fact) in enumerate(told, start=1)]


def test_a_journal_gives_its_callers_back() -> None:
    one, two, old = (centres.interaction(number) for number in (1, 2, 3))

    def queued(interaction: str) -> e.InteractionQueued:
        return e.InteractionQueued(cause="t", interaction=interaction, need=need(), arrived_at_ms=0)

    told = steps(
        (500, queued(old)),
        (1_000, queued(one)),
        (2_000, queued(two)),
        (4_000, e.CallConnected(cause="t", interaction=one, agent="a1", leg="l")),
        (9_000, e.InteractionEnded(cause="t", interaction=two, outcome="abandoned", reason="hung_up")),
        (64_000, e.ConversationEnded(cause="t", interaction=one, agent="a1", by="caller")),
        (64_000, e.InteractionEnded(cause="t", interaction=one, outcome="answered", reason="hung_up")),
    )
    first, second = arrivals.of_journal(told, 1, 1_000, 100_000)
    assert (first.at_ms, first.talk_ms) == (0, 60_000)
    assert first.patience_ms >= 3_000
    assert (second.at_ms, second.talk_ms, second.patience_ms) == (1_000, 60_000, 7_000)


def test_figures_are_those_of_the_glossary() -> None:
    served = played(Engine, day(calls=900)).served
    found = figures(Day(served, 1, 2), centre(20))
    answered = [one for one in served if one.agent]
    in_time = [one for one in answered if one.wait_ms <= 20_000]
    assert found.sl_offered == len(in_time) / len(served)
    assert found.sl_answered == len(in_time) / len(answered)
    assert found.sl_offered <= found.sl_less_short <= 1
    assert found.worst_queue == by_queue(served, centre(20))["q"] == found.sl_offered
    assert mean_of([found, found])["asa_s"] == {"mean": found.asa_s, "half_width": 0.0}


@pytest.mark.parametrize("name", ["edf", "wait_over_target+least_versatile", "fcfs+keep_free=1", "edf+fairness=30"])
def test_under_every_rule_who_is_not_able_yet_is_not_asked_and_equals_come_in_turn(name: str) -> None:
    """A day of two queues, one for those who know the matter, who give way after half a minute."""
    relax = (Relax(after_ms=30_000, drop=("fort",)),)
    queues = {
        "q": Queue(name="q", title="q", target_ms=20_000, max_waiting=10_000, offer_ms=10_000),
        "f": Queue(
            name="f", title="f", skills=(Skill(name="fort"),), target_ms=60_000, max_waiting=10_000, relax=relax
        ),
    }
    people = {
        f"a{at}": Agent(
            name=f"a{at}",
            display="",
            phone=f"9{at}",
            skills={"fort": 1} if at < 6 else {},
            queues=("q", "f") if at < 12 else ("q",),
        )
        for at in range(20)
    }
    mixed = msgspec.structs.replace(centres.small(), tenants={}, agents=people, queues=queues)
    slots = [Slot(0, HOUR_MS, 330, queue) for queue in ("q", "f")]
    callers = generate(slots, [need("q"), need("f")], 1, aht_s=120, patience_s=120)
    served = Engine(under(mixed, rule(name)), callers, quiet).run().served
    assert sorted((one.caller for one in served), key=lambda caller: caller.at_ms) == callers
    eased = 0
    for queue in queues:
        begins = []
        for one in (one for one in served if one.agent and one.caller.need.queue == queue):
            chosen_ms = one.wait_ms - lifted_ms(one.caller)
            able = queue == "q" or "fort" in people[one.agent].skills
            assert able or ("f" in people[one.agent].queues and chosen_ms >= 30_000)
            eased += not able
            begins.append((one.caller.at_ms, one.caller.at_ms + chosen_ms, able))
        strict = sorted(begin for begin in begins if queue == "q")
        assert [begin[1] for begin in strict] == sorted(begin[1] for begin in strict)
    assert eased > 10


def test_a_rule_puts_its_own_in_place_of_the_configured_and_leaves_the_rest() -> None:
    own = Turn(order="wait_over_target", priority_worth_ms=5_000)
    queues = {"q": msgspec.structs.replace(centre(1).queues["q"], turn=own)}
    before = msgspec.structs.replace(centre(1), queues=queues, distribution=Distribution(keep_free=1))
    after = under(before, rule("edf+least_versatile+fairness=60"))
    assert after.distribution == Distribution(
        turn=Turn(order="edf"), agents="least_versatile", fairness_ms=60_000, keep_free=1
    )
    assert after.queues["q"].turn == Turn(order="edf", priority_worth_ms=5_000)
    assert under(before, rule("allo")) == before


# -- the command --------------------------------------------------------------------------------------------------


def asked(**changes: object) -> Asked:
    return Asked(CONFIG, None, 60.0, 300.0, 240.0, (), 2, "", None)._replace(**changes)


def test_both_rules_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "day.html"
    assert run_simulate(asked(plot=picture), as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["rules"]) == {"allo", "app_queue"}
    assert {"misses", "worst_queue_misses", "abandons"} == set(found["ratios"]["allo"])
    assert found["rules"]["allo"]["sl_offered"]["mean"] > 0.5
    html = picture.read_text(encoding="utf-8")
    assert html.count("<svg") == 2
    assert "<script" not in html
    assert run_simulate(asked(rules=("allo",), seeds=1), as_json=False) == 0
    said = capsys.readouterr().out
    assert "à temps, la pire file" in said
    assert "app_queue" not in said


def test_several_rules_in_one_table_beside_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    rules = ("edf+least_versatile", "fcfs+keep_free=1", "app_queue")
    assert run_simulate(asked(rules=rules, seeds=1), as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["rules"]) == list(rules)
    assert (list(found["ratios"]), found["beside"]) == (list(rules[:2]), "app_queue")
    assert run_simulate(asked(rules=rules[:2], seeds=1), as_json=False) == 0
    assert "edf+least_versatile ÷ fcfs+keep_free=1 : " in capsys.readouterr().out


def test_counts_out_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "day.csv"
    file.write_text("timestamp_local,calls\n2026-11-23T09:00,30\n2026-11-23T09:30,30\n", encoding="utf-8")
    assert run_simulate(asked(calls_per_hour=None, arrivals=file, rules=("allo",)), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["offered"] == pytest.approx(60, abs=25)


async def test_yesterday_against_another_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The journal of a day that began at two, and a configuration in which one of its queues is no more."""
    monkeypatch.setenv("ALLO_HOME", str(tmp_path / "home"))
    changed = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    queues = changed / "queues.yaml"
    queues.write_text(queues.read_text().replace("    target: 90s\n", "    target: 5s\n", 1))
    two_ms = round(datetime(2026, 11, 23, 14, tzinfo=ZONE).timestamp() * 1000)
    wanted = [(two_ms + 60_000 * number, queue) for number, queue in enumerate(["rsa", "rsa", "ancienne", "famille"])]
    told = steps(
        *(
            (
                at_ms,
                e.InteractionQueued(
                    cause="t",
                    interaction=centres.interaction(number),
                    need=msgspec.structs.replace(need(queue), tenant="yvelines"),
                    arrived_at_ms=at_ms,
                ),
            )
            for number, (at_ms, queue) in enumerate(wanted)
        )
    )
    journal = tmp_path / "home/run" / load(changed).settings.journal.path
    journal.parent.mkdir(parents=True)
    memory = Memory.file(journal, durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep(told)
    assert await memory.log.kept(len(told))
    picture = tmp_path / "day.html"
    yesterday = asked(calls_per_hour=None, journal="2026-11-23", config=changed, plot=picture)
    assert run_simulate(yesterday, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["offered"], found["left_out"]) == (3, {"ancienne": 1})
    assert found["rules"]["allo"]["occupancy"]["mean"] > 0.1  # of the hours in which somebody called
    assert ">14 h</text>" in picture.read_text(encoding="utf-8")
    assert run_simulate(yesterday, as_json=False) == 0
    said = capsys.readouterr().out
    assert "1 appel(s) laissés de côté : la file ancienne" in said
    assert "÷" not in said  # nobody came too late under either rule
    assert run_simulate(yesterday._replace(journal="2026-11-22"), as_json=False) == 1
    assert "Personne n'a appelé ce jour-là" in capsys.readouterr().err
    await memory.log.stop()
    memory.keys.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"calls_per_hour": None}, "l'un des trois"),
        ({"journal": "2026-11-23"}, "l'un des trois"),
        ({"calls_per_hour": None, "journal": "hier"}, "--journal hier"),
        ({"calls_per_hour": 0.0}, "--calls-per-hour 0"),
        ({"rules": ("lifo",)}, "--rule lifo : « lifo » n'est pas une règle"),
        ({"rules": ("",)}, "Il y a allo (la configuration), app_queue, ou"),
        ({"rules": ("edf+fcfs",)}, "--rule edf+fcfs : « fcfs » n'est pas une règle, ou y est deux fois"),
        ({"rules": ("edf+app_queue",)}, "« app_queue »"),
        ({"rules": ("keep_free",)}, "« keep_free »"),
        ({"rules": ("keep_free=3",)}, "« keep_free=3 » : un nombre entier, de 0 à 2"),
        ({"rules": ("fairness=-1",)}, "« fairness=-1 » : un nombre entier, de 0 à 86400"),
        ({"rules": ("fairness=²",)}, "« fairness=² » : un nombre entier"),
        ({"rules": ("edf", "edf")}, "chaque règle une fois"),
        ({"seeds": 0}, "--seeds 0 : de 1 à 1000"),
        ({"aht_s": 0.0}, "--aht-s 0"),
        ({"patience_s": float("nan")}, "--patience-s nan"),
        ({"calls_per_hour": 90_000.0, "seeds": 1_000}, "appels à simuler : au plus"),
        ({"plot": Path("/nowhere/day.html"), "seeds": 1}, "--plot /nowhere/day.html"),
        ({"config": Path("/nowhere")}, "/nowhere"),
    ],
)
def test_nonsense_is_told_with_its_remedy(
    changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_simulate(asked(**changes), as_json=True) == 1
    assert said in capsys.readouterr().err
