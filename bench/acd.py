"""How fast agents and people are matched, beside a linear scan and beside a database that is polled, in the same run.

    ./allo bench acd [--json] [--quick]

The state is that of a large national platform in a surge (bench/acd_world.py): 10,000 agents of 200 profiles, 5,000
people waiting in 60 queues with 300 kinds of needs, each with three steps of relaxation.  An agent becomes free, the
next interaction is found and taken out, and somebody else arrives in its place.

`matcher_*` is the decision alone, on the index that the tables' watchers keep; `kernel_*` the whole
`Kernel.receive`, with facts, orders and explanation (bench/acd_kernel.py).  The scan must decide the same, every time.
The kernel, and whoever arrives while agents are free, have a process of their own, as the product's kernel has.
Besides: simulated days beside app_queue's rule (bench/acd_days.py), and what is told of the wait beside its holdtime
(bench/acd_waits.py).  `--quick` takes a tenth of the decisions, and ten days instead of thirty.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from rich.console import Console
from rich.table import Table

from acd.agent import AgentRow
from acd.floor import Floor
from acd.need import stages
from acd.queue import Contact
from bench.acd_days import beside_app_queue
from bench.acd_kernel import clock_s, through_the_kernel
from bench.acd_waits import beside_holdtime
from bench.acd_world import World, needs_of, world
from core.ids import InteractionId
from core.needs import All, Has, Requirement

BEGIN_MS = 1_800_000_000_000
WAITING = 5_000
DECISIONS = 60_000
DRAWN = 20_000
SCANNED = 60
POLLED = 60
IDLE = 3_000
Told = dict[str, Any]
Compared = tuple[Callable[[str], object], Callable[[str], InteractionId | None]]
"""What is made ready before a decision, which is not measured, and the decision."""


class Scene:
    """A floor, who waits (for the scan), and a clock that moves."""

    def __init__(self, platform: World, waiting: int, seed: int = 1) -> None:
        self.platform = platform
        self.luck = random.Random(seed)
        self.now_ms = BEGIN_MS
        self.floor = Floor(platform.centre, platform.centre.queues.__getitem__)
        self.contacts: dict[InteractionId, Contact] = {}
        self.agents = list(platform.centre.agents)
        self.arrived = 0
        self.to_come = self.luck.choices(platform.needs, platform.weights, k=DRAWN)
        for need in platform.needs:
            self.floor.waiting.bucket(need)  # every kind has come before: a centre sees no new ones within a day
        for _ in range(waiting):
            self.tick()
            self.arrive()
        for profile in range(len(self.floor.profiles.like)):
            self.floor.waiting.first(profile, self.now_ms)

    def tick(self) -> None:
        """50 decisions a second, at any millisecond."""
        self.now_ms += self.luck.randint(1, 40)

    def arrive(self) -> InteractionId:
        self.arrived += 1
        key = f"{self.arrived:012d}"
        need = self.to_come[self.arrived % DRAWN]
        contact = Contact(need=need, arrived_at_ms=self.now_ms)
        self.contacts[key] = contact
        self.floor.waiting.watch(key, None, contact)
        return key

    def leave(self, key: InteractionId) -> None:
        self.floor.waiting.watch(key, self.contacts.pop(key), None)


def decide(scene: Scene, agent: str) -> InteractionId | None:
    """What the matcher does when an agent becomes free: who is next, and out of the line."""
    floor = scene.floor
    found = floor.waiting.first(floor.profiles.of[agent], scene.now_ms)
    if found is None:
        return None
    key = found[2]
    scene.leave(key)
    return key


def scan(scene: Scene, agent: str) -> InteractionId | None:
    """The same rule over everybody who waits, as a queue that is polled does it."""
    able = scene.platform.able(agent)
    best: tuple[Any, ...] | None = None
    for key, contact in scene.contacts.items():
        after_ms = able.get(needs_of(contact.need))
        if after_ms is not None and scene.now_ms - contact.arrived_at_ms >= after_ms:
            rank: tuple[Any, ...] = (scene.platform.score(contact, scene.now_ms), contact.arrived_at_ms, key)
            if best is None or rank < best:
                best = rank
    return None if best is None else best[-1]


def freed(scene: Scene, decisions: int) -> Told:
    """Seconds of each decision when agents become free, one after the other."""
    took: list[float] = []
    reading_s = clock_s()
    for _ in range(decisions):
        scene.tick()
        agent = scene.luck.choice(scene.agents)
        began = time.thread_time()
        key = decide(scene, agent)
        took.append(time.thread_time() - began - reading_s)
        if key is not None:
            scene.arrive()
    return spread(took)


def spread(took: list[float]) -> Told:
    took = sorted(took)
    at = lambda part: round(took[min(len(took) - 1, int(len(took) * part))] * 1e6, 2)  # noqa: E731
    return {
        "per_s": round(len(took) / sum(took)),
        "mean_us": round(sum(took) / len(took) * 1e6, 2),
        "p99_us": at(0.99),
        "p999_us": at(0.999),
        "longest_us": at(1),
    }


def to_idle(platform: World, contacts: int = 20_000) -> Told:
    """Somebody arrives while `IDLE` agents are free: which of them is asked, and out of the line."""
    scene, reading_s = Scene(platform, 0, seed=2), clock_s()
    idle = scene.floor.idle
    since: dict[str, int] = {}
    for agent in scene.luck.sample(scene.agents, IDLE):
        scene.now_ms += 1
        since[agent] = scene.now_ms
        idle.add(agent, scene.now_ms)
    took = []
    for _ in range(contacts):
        scene.tick()
        bucket = scene.floor.waiting.bucket(scene.luck.choice(scene.to_come))
        began = time.thread_time()
        profile = idle.first(bucket.able[0], all_of_them=True) if bucket.able else None
        if profile is not None:
            since_ms, agent = idle.lines[profile][0]
            idle.drop(agent, since_ms)
        took.append(time.thread_time() - began - reading_s)
        if profile is not None:
            idle.add(agent, scene.now_ms)
            idle.line_up()
    return spread(took)


def compared(platform: World, how: Callable[[Scene], Compared], times: int, waiting: int = WAITING) -> Told:
    """Microseconds a decision by `how`, and how many differ from the matcher's."""
    scene = Scene(platform, waiting, seed=3)
    prepare, ask = how(scene)
    took, differ = 0.0, 0
    for _ in range(times):
        scene.tick()
        agent = scene.luck.choice(scene.agents)
        prepare(agent)
        began = time.thread_time()
        key = ask(agent)
        took += time.thread_time() - began
        if decide(scene, agent) != key:
            differ += 1
            scene.leave(key) if key in scene.contacts and key is not None else None
        if key is not None:
            scene.arrive()
    return {"us": round(took / times * 1e6, 1), "differ": differ}


def scanned_by(scene: Scene) -> Compared:
    return scene.platform.able, lambda agent: scan(scene, agent)


def polled(scene: Scene) -> Compared:
    """Tables of who waits, what each step of their need asks, and who knows what; asked in SQL at every turn."""
    base = sqlite3.connect(":memory:")
    base.executescript(
        "create table waiting (id text primary key, need integer, arrived integer, bonus integer);"
        "create table steps (id integer primary key, need integer, after integer, queue text);"
        "create table asks (step integer, skill text, level integer);"
        "create table knows (agent text, skill text, level integer, primary key (agent, skill));"
        "create table serves (agent text, queue text, primary key (agent, queue));"
        "create index steps_of on steps (need, after); create index asked_by on asks (step);"
    )
    centre, numbers = scene.platform.centre, {}
    for number, need in enumerate(scene.platform.needs):
        numbers[needs_of(need)] = number
        for stage in stages(centre.tenants, centre.queues[need.queue], need):
            row = (number, stage.after_ms, need.queue)
            step = base.execute("insert into steps (need, after, queue) values (?, ?, ?)", row).lastrowid
            base.executemany("insert into asks values (?, ?, ?)", [(step, *one) for one in _skills(stage.demand.needs)])

    def prepare(agent: str) -> None:
        """What a database would have been told by and by."""
        here = {key for (key,) in base.execute("select id from waiting")}
        base.executemany("delete from waiting where id = ?", [(key,) for key in here - scene.contacts.keys()])
        come = [(key, row) for key, row in scene.contacts.items() if key not in here]
        base.executemany(
            "insert into waiting values (?, ?, ?, ?)",
            [(key, numbers[needs_of(row.need)], row.arrived_at_ms, scene.platform.bonus(row)) for key, row in come],
        )
        known = centre.agents[agent]
        skills = [(agent, *one) for one in known.skills.items()]
        base.executemany("insert or ignore into knows values (?, ?, ?)", skills)
        base.executemany("insert or ignore into serves values (?, ?)", [(agent, queue) for queue in known.queues])

    def ask(agent: str) -> InteractionId | None:
        row = base.execute(
            "select w.id from waiting w where exists (select 1 from steps s join serves q on q.queue = s.queue"
            " where q.agent = :agent and s.need = w.need and :now - w.arrived >= s.after and not exists (select 1"
            " from asks k left join knows n on n.agent = :agent and n.skill = k.skill"
            " where k.step = s.id and coalesce(n.level, 0) < k.level))"
            " order by w.bonus + w.arrived * 1000, w.arrived, w.id limit 1",
            {"agent": agent, "now": scene.now_ms},
        ).fetchone()
        return None if row is None else row[0]

    return prepare, ask


def _skills(needs: Requirement) -> Iterator[tuple[str, int]]:
    """The skills of a requirement that asks all of them."""
    if isinstance(needs, Has):
        yield needs.skill, needs.level
    elif isinstance(needs, All):
        for one in needs.of:
            yield from _skills(one)


def rebuilt_ms(scene: Scene) -> float:
    """Everything made anew from the rows, as a reload does."""
    rows = [(agent, AgentRow(state="available", since_ms=0, idle_since_ms=at)) for at, agent in enumerate(scene.agents)]
    contacts = list(scene.contacts.items())
    began = time.thread_time()
    floor = Floor(scene.platform.centre, scene.platform.centre.queues.__getitem__)
    floor.fill(rows, contacts)
    return round((time.thread_time() - began) * 1e3, 1)


def alone(part: Callable[[], Told]) -> Told:
    """What is timed among rows that lie where they were made: not where earlier parts left gaps."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(part).result()


def _to_idle() -> Told:
    return to_idle(world())


def _kernel() -> Told:
    return through_the_kernel(world(), WAITING)


def measured(*, quick: bool) -> Told:
    decisions, days = (DECISIONS // 10, 10) if quick else (DECISIONS, 30)
    simulated = beside_app_queue(days)  # in processes of its own: first, lest it disturbs what is timed
    idle, kernel = alone(_to_idle), alone(_kernel)
    platform = world()
    scene = Scene(platform, WAITING)
    gc.collect()
    gc.freeze()  # as the product does once its configuration is loaded
    matcher = freed(scene, decisions)
    large = freed(Scene(platform, 5 * WAITING, seed=4), decisions // 3)
    scanned = compared(platform, scanned_by, SCANNED)
    sql = compared(platform, polled, POLLED)
    wide = world(agents=50_000, profiles=1_000, needs=1_500)
    wider = freed(Scene(wide, 5 * WAITING, seed=5), decisions // 3)
    return {
        "decisions_per_s": matcher["per_s"],
        "p99_us": matcher["p99_us"],
        "p999_us": matcher["p999_us"],
        "matcher_mean_us": matcher["mean_us"],
        "matcher_longest_us": matcher["longest_us"],
        "contact_to_idle_us": idle["mean_us"],
        "ratio_vs_scan": round(scanned["us"] / matcher["mean_us"]),
        "ratio_vs_sql": round(sql["us"] / matcher["mean_us"]),
        "differ_from_scan": scanned["differ"],
        "differ_from_sql": sql["differ"],
        "scan_us": scanned["us"],
        "sql_us": sql["us"],
        "five_times_waiting": round(large["mean_us"] / matcher["mean_us"], 2),
        "five_times_all": round(wider["mean_us"] / matcher["mean_us"], 2),
        "rebuild_ms": rebuilt_ms(scene),
        **kernel,
        "beside_app_queue": simulated,
        "estimated_wait": beside_holdtime(seed=1),
    }


def flat(told: Told, before: str = "") -> Iterator[tuple[str, float]]:
    """What is told within what is told, under one name."""
    for name, value in told.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name} ")
        else:
            yield before + name, value


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--quick", action="store_true")
    asked = options.parse_args()
    result = measured(quick=asked.quick)
    if asked.json:
        print(json.dumps(result))
        return
    table = Table("", "", title="Distribution: 10,000 agents, 5,000 waiting")
    for name, value in flat(result):
        table.add_row(name, f"{value:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
