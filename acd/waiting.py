"""Who waits, in buckets of people who ask the same: within one the first to have arrived is always the next.

Derived from the contacts' table.  What a kind of need asks is worked out once, when the first of it comes: the age
from which each profile may serve it.  Relaxation therefore moves nobody: if the first of a bucket is too young for an
agent, so are all behind.

Each bucket has a cell for every age from which somebody may serve it, and all cells stand in one array: the rank of
the bucket's head, or NOBODY while it is too young.  A profile sees one cell of each bucket that it may serve; who is
next is the smallest of these, in two steps whatever the number of people.  What time changes by itself (a head comes
of age, or has waited too long) is brought up to date when somebody asks.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from acd.idle import NOBODY, Able
from acd.need import Stage, stages
from acd.profiles import Profiles, bits
from acd.queue import Contact, queue_key
from acd.turn import BOUND, Weighed, grown, weighed
from core.centre import Centre, Queue
from core.events import Need
from core.ids import InteractionId

Line = list[tuple[int, InteractionId]]
Found = tuple[int, int, InteractionId, int]
"""How it is their turn (EMERGENCY, LATE, ORDINARY), when they arrived, who, and the number of their bucket."""

EMERGENCY: Final = 0
LATE: Final = 1
ORDINARY: Final = 2


class Bucket(NamedTuple):
    """One kind of need: `able` are those who may serve it from each of `ages` of waiting on, and `stage_of` says for
    each profile which age that is.  `cells` are (age, place in the array).  At `wakes` somebody more may."""

    number: int
    queue: str
    key: str
    stages: tuple[Stage, ...]
    ages: tuple[int, ...]
    able: tuple[Able, ...]
    age_of: dict[int, int]
    cells: tuple[tuple[int, int], ...]
    wakes: tuple[int, ...]
    weighed: Weighed
    line: Line

    def able_at(self, waited_ms: int) -> Able | None:
        """Who may serve whoever has waited so long; None: nobody yet."""
        found = None
        for age, able in zip(self.ages, self.able, strict=True):
            if age and age > waited_ms:
                break
            found = able
        return found

    def how(self, waited_ms: int) -> int:
        if self.weighed.emergency:
            return EMERGENCY
        late_ms = self.weighed.late_ms
        return LATE if late_ms is not None and waited_ms >= late_ms else ORDINARY


class Waiting:
    """The buckets, and how many wait in each queue."""

    __slots__ = (
        "_alike",
        "_by_key",
        "_by_need",
        "_cells",
        "_centre",
        "_due",
        "_full",
        "_lengths",
        "_looks",
        "_made",
        "_now_ms",
        "_profiles",
        "_queue_of",
        "_ranks",
        "_sees",
        "_store",
        "_versions",
        "_waits_for",
        "_weights",
        "_where",
        "_whose",
        "buckets",
    )

    def __init__(self, centre: Centre, profiles: Profiles, queue_of: Callable[[str], Queue]) -> None:
        self._centre = centre
        self._profiles = profiles
        self._queue_of = queue_of
        self.buckets: list[Bucket] = []
        self._by_need: dict[object, Bucket] = {}
        self._by_key: dict[str, list[Bucket]] = {}
        self._store = array("q", [NOBODY] * 256)
        self._cells: Any = np.frombuffer(self._store, np.int64)
        self._made = 0
        self._sees: list[list[int]] = [[] for _ in profiles.like]
        self._whose: list[list[Bucket]] = [[] for _ in profiles.like]
        self._looks: list[Any] = [None] * len(profiles.like)
        self._weights: set[int] = set()
        self._versions: list[int] = []
        self._ranks: list[int] = []
        self._alike: dict[int, int] = {}
        self._due: list[tuple[int, int, int]] = []
        self._full = 64
        self._now_ms = 0
        self._where: dict[InteractionId, Bucket] = {}
        self._lengths: dict[str, int] = {}
        self._waits_for: dict[str, Line] = {}

    # -- kinds of needs ---------------------------------------------------------------------------------------------

    def bucket(self, need: Need) -> Bucket:
        """The bucket of a need; what tells needs apart is all that matching looks at."""
        kind = (
            need.queue,
            need.priority,
            need.tenant,
            need.skills,
            need.needs,
            need.language,
            need.emergency,
            need.sector,
            need.channel,
            need.shared,
        )
        found = self._by_need.get(kind)
        if found is None:
            found = self._by_need[kind] = self._new(need)
        return found

    def _new(self, need: Need) -> Bucket:
        queue = self._queue_of(need.queue)
        steps = stages(self._centre.tenants, queue, need)
        turn = weighed(self._centre.turn_of(queue), queue, need)
        number, all_able = len(self.buckets), 0
        ages, able, cells = [], [], []
        age_of: dict[int, int] = {}
        for stage in steps:
            more = self._profiles.able(stage.demand) & ~all_able
            if not more:
                continue
            all_able |= more
            ages.append(stage.after_ms)
            able.append(Able(all_able))
            cells.append(self._new_cell())
            age_of |= dict.fromkeys(bits(more), stage.after_ms)
        wakes = {age for age in ages if age}
        if turn.late_ms is not None and self._centre.distribution.keep_free:
            wakes.add(turn.late_ms)  # from then on, those who are kept free may be asked
        bucket = Bucket(
            number,
            need.queue,
            queue_key(need.queue, need.tenant),
            steps,
            tuple(ages),
            tuple(able),
            age_of,
            tuple(zip(ages, cells, strict=True)),
            tuple(sorted(wakes)),
            turn,
            [],
        )
        cell_of = dict(bucket.cells)
        for profile, age in age_of.items():
            self._sees[profile].append(cell_of[age])
            self._whose[profile].append(bucket)
            self._looks[profile] = None
        self._weights.add(turn.weight)
        self.buckets.append(bucket)
        self._by_key.setdefault(bucket.key, []).append(bucket)
        self._versions.append(0)
        self._ranks.append(NOBODY)
        return bucket

    def _new_cell(self) -> int:
        cell, self._made = self._made, self._made + 1
        if cell == len(self._store):
            self._store = array("q", [*self._store, *([NOBODY] * cell)])
            self._cells = np.frombuffer(self._store, np.int64)
        return cell

    def wakes_at_ms(self, contact: Contact, now_ms: int) -> int | None:
        """When somebody more may take the contact, for the first time after now."""
        waited_ms = now_ms - contact.arrived_at_ms
        for age in self.bucket(contact.need).wakes:
            if age > waited_ms:
                return contact.arrived_at_ms + age
        return None

    # -- coming and going -------------------------------------------------------------------------------------------

    def watch(self, key: InteractionId, old: Contact | None, new: Contact | None) -> None:
        """The watch of the contacts' table."""
        was = old is not None and old.offer is None
        here = new is not None and new.offer is None
        if was and here and _same_place(old, new):
            return
        if was and old is not None:
            self._take_out(key, old)
        if here and new is not None:
            self._put_in(key, new)

    def _put_in(self, key: InteractionId, contact: Contact) -> None:
        bucket = self._where[key] = self.bucket(contact.need)
        self._count(bucket, 1)
        entry = (contact.arrived_at_ms, key)
        if contact.preferred_until_at_ms is not None:
            insort(self._waits_for.setdefault(contact.need.preferred, []), entry)
            return
        line = bucket.line
        insort(line, entry)
        if line[0] is entry:
            self._lead(bucket)

    def _count(self, bucket: Bucket, more: int) -> None:
        for name in (bucket.queue, bucket.key):  # no queue is called like a key
            self._lengths[name] = self._lengths.get(name, 0) + more

    def _take_out(self, key: InteractionId, contact: Contact) -> None:
        bucket = self._where.pop(key)
        self._count(bucket, -1)
        entry = (contact.arrived_at_ms, key)
        if contact.preferred_until_at_ms is not None:
            theirs = self._waits_for[contact.need.preferred]
            theirs.remove(entry)
            if not theirs:
                del self._waits_for[contact.need.preferred]
            return
        line = bucket.line
        if line[0][1] == key:
            del line[0]
            self._lead(bucket)
        else:
            del line[bisect_left(line, entry)]

    def _lead(self, bucket: Bucket) -> None:
        """The bucket has another head now, or none."""
        self._versions[bucket.number] += 1
        self._rank(bucket)

    def _rank(self, bucket: Bucket) -> None:
        """Writes the rank of the bucket's head, as it is now, into the cells for which it is old enough."""
        store = self._store
        if not bucket.line:
            self._counts(bucket.number, NOBODY)
            for _, cell in bucket.cells:
                store[cell] = NOBODY
            return
        arrived_at_ms = bucket.line[0][0]
        rank, changes_at_ms = grown(bucket.weighed, arrived_at_ms, self._now_ms)
        if rank != self._ranks[bucket.number]:
            self._counts(bucket.number, rank)
        waited_ms = self._now_ms - arrived_at_ms
        for age, cell in bucket.cells:
            if age <= waited_ms or not age:
                store[cell] = rank
            else:
                store[cell] = NOBODY
                if changes_at_ms is None or arrived_at_ms + age < changes_at_ms:
                    changes_at_ms = arrived_at_ms + age
        if changes_at_ms is not None:
            self._look_again(changes_at_ms, bucket.number)

    def _counts(self, number: int, rank: int) -> None:
        """The bucket's head has another rank, and so many have the same."""
        before, alike = self._ranks[number], self._alike
        if before != NOBODY:
            if alike[before] == 1:
                del alike[before]
            else:
                alike[before] -= 1
        if rank != NOBODY:
            alike[rank] = alike.get(rank, 0) + 1
        self._ranks[number] = rank

    def _look_again(self, at_ms: int, number: int) -> None:
        """At `at_ms` the bucket's head is of age for somebody more, or has waited too long, if it is its head still."""
        heapq.heappush(self._due, (at_ms, number, self._versions[number]))
        if len(self._due) > self._full:
            self._due = sorted({one for one in self._due if self._versions[one[1]] == one[2]})
            self._full = 4 * len(self._due) + 64

    def _catch_up(self, now_ms: int) -> None:
        """What has become of the heads by now, without anybody's doing."""
        self._now_ms = now_ms
        while self._due and self._due[0][0] <= now_ms:
            _, number, version = heapq.heappop(self._due)
            if self._versions[number] == version:
                self._rank(self.buckets[number])

    # -- who is next ------------------------------------------------------------------------------------------------

    def first(self, profile: int, now_ms: int, *, held: bool = False) -> Found | None:
        """Who is next for agents of `profile`; those who are `held` free are for emergencies and the late."""
        ranks = self._ranks_for(profile, now_ms)
        if ranks is None:
            return None
        rank, at = self._least(profile, ranks, held=held)
        return None if rank == NOBODY else self._found(profile, at)

    def two(self, profile: int, now_ms: int, *, held: bool = False) -> tuple[Found | None, InteractionId | None]:
        """Who is next, and who would be if that one were not there."""
        ranks = self._ranks_for(profile, now_ms)
        if ranks is None:
            return None, None
        rank, at = self._least(profile, ranks, held=held)
        if rank == NOBODY:
            return None, None
        found = self._found(profile, at)
        ranks[at] = NOBODY
        rank, at = self._least(profile, ranks, held=held)
        entry = None if rank == NOBODY else self._looks[profile][2][at].line[0]
        line = self.buckets[found[3]].line
        if len(line) > 1:
            behind = self._rank_behind(profile, self.buckets[found[3]], held=held)
            if behind != NOBODY and (entry is None or (behind, line[1]) < (rank, entry)):
                entry = line[1]
        return found, None if entry is None else entry[1]

    def _ranks_for(self, profile: int, now_ms: int) -> Any:
        """The ranks in all cells that the profile sees, by their place among these; None where nobody waits."""
        if not self._where or not self._sees[profile]:
            return None
        if now_ms != self._now_ms:
            self._catch_up(now_ms)
        looks = self._looks[profile] or self._look(profile)
        return self._cells.take(looks[0])

    def _look(self, profile: int) -> tuple[Any, Any, list[Bucket]]:
        """The cells that the profile sees, how each grows with time if not all grow alike, and their buckets."""
        cells = np.array(self._sees[profile], np.intp)
        weights = None
        if len(self._weights) > 1:
            weights = np.array([bucket.weighed.weight for bucket in self._whose[profile]], np.int64)
        looks = cells, weights, self._whose[profile]
        self._looks[profile] = looks
        return looks

    def _least(self, profile: int, ranks: Any, *, held: bool) -> tuple[int, int]:
        """The smallest of `ranks`, and its place: among equals, that of whoever came first.  NOBODY: none may."""
        at = ranks.argmin()
        rank: int = ranks.item(at)
        if rank == NOBODY or (held and rank > BOUND):
            return NOBODY, 0
        _, weights, buckets = self._looks[profile]
        if weights is not None and rank > BOUND:
            ranks = ranks - weights * self._now_ms
            rank = ranks.item(ranks.argmin())
        elif self._alike[rank] == 1:
            return rank, at
        same = (ranks == rank).nonzero()[0].tolist()
        return rank, min(same, key=lambda place: buckets[place].line[0])

    def _found(self, profile: int, at: int) -> Found:
        bucket = self._looks[profile][2][at]
        arrived_at_ms, key = bucket.line[0]
        return bucket.how(self._now_ms - arrived_at_ms), arrived_at_ms, key, bucket.number

    def _rank_behind(self, profile: int, bucket: Bucket, *, held: bool) -> int:
        """The rank of whoever stands behind the bucket's head, like those of `_least`."""
        arrived_at_ms = bucket.line[1][0]
        age = bucket.age_of[profile]
        rank, _ = grown(bucket.weighed, arrived_at_ms, self._now_ms)
        if (age and self._now_ms - arrived_at_ms < age) or (held and rank > BOUND):
            return NOBODY
        if self._looks[profile][1] is not None and rank > BOUND:
            rank -= bucket.weighed.weight * self._now_ms
        return rank

    def rank(self, bucket: Bucket, arrived_at_ms: int, key: str, now_ms: int) -> tuple[int, int, str]:
        """By which everybody could be sorted: the smallest goes first."""
        rank, _ = grown(bucket.weighed, arrived_at_ms, now_ms)
        if rank > BOUND:
            rank -= bucket.weighed.weight * now_ms
        return rank, arrived_at_ms, key

    def for_agent(self, agent: str) -> InteractionId | None:
        """Who waits for this very agent."""
        theirs = self._waits_for.get(agent)
        return theirs[0][1] if theirs else None

    def all_for_agent(self, agent: str) -> list[InteractionId]:
        """All who wait for this very agent."""
        return [key for _, key in self._waits_for.get(agent, ())]

    # -- queues -----------------------------------------------------------------------------------------------------

    def length(self, queue: str) -> int:
        """How many wait in a queue, or for one organisation in it (`queue_key`)."""
        return self._lengths.get(queue, 0)

    def head(self, queue: str) -> int | None:
        """When the first of those who wait there for one organisation (`queue_key`) arrived."""
        return min((bucket.line[0][0] for bucket in self._by_key.get(queue, ()) if bucket.line), default=None)

    def position(self, key: InteractionId, contact: Contact, now_ms: int) -> int:
        """1 for the next of the queue to be served, as the same organisation has it: the estimate counts so too."""
        return 1 + self.ahead(key, contact, now_ms)

    def ahead(self, key: InteractionId, contact: Contact, now_ms: int) -> int:
        """How many of the same organisation are before somebody."""
        bucket = self.bucket(contact.need)
        mine = self.rank(bucket, contact.arrived_at_ms, key, now_ms)
        return self._before(self._by_key[bucket.key], mine, now_ms)

    def rivals(self, key: InteractionId, contact: Contact, now_ms: int) -> int:
        """How many of any queue are before somebody, for the same people."""
        bucket = self.bucket(contact.need)
        mine = self.rank(bucket, contact.arrived_at_ms, key, now_ms)
        able = bucket.able_at(now_ms - contact.arrived_at_ms)
        theirs = able.profiles if able is not None else 0
        rivals = (one for one in self.buckets if one.line and one.able and one.able[-1].profiles & theirs)
        return self._before(rivals, mine, now_ms)

    def _before(self, buckets: Iterable[Bucket], mine: tuple[int, int, str], now_ms: int) -> int:
        lines = ((bucket.line, partial(self._rank_in, bucket, now_ms)) for bucket in buckets if bucket.line)
        return sum(bisect_left(line, mine, key=rank_in) for line, rank_in in lines)

    def _rank_in(self, bucket: Bucket, now_ms: int, entry: tuple[int, InteractionId]) -> tuple[int, int, str]:
        return self.rank(bucket, *entry, now_ms)


def _same_place(old: Contact | None, new: Contact | None) -> bool:
    return (
        old is not None
        and new is not None
        and old.need is new.need
        and old.arrived_at_ms == new.arrived_at_ms
        and old.preferred_until_at_ms == new.preferred_until_at_ms
    )
