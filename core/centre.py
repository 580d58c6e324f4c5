"""A centre's configuration, frozen: what runtime/settings makes of config/*.yaml and what the minds read.

Everything here is data with defaults that suit a département; durations end in `_ms`, names are the YAML's own.
`digest` names one content of the configuration for ever (rule 14).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from core.needs import Callback, Channel, Distribution, LastAgent, Overflow, Referent, Relax, Requirement, Skill, Turn
from core.script import Script, led_to


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation that the platform answers for: département 78, 92.  Its records are its own.

    Its calls may be taken by agents of the organisations that it `shares_with`, where a queue's relaxation says so.
    `interpreter` tells its agents how to reach one, for whoever speaks what they do not.
    """

    name: str
    title: str
    shares_with: tuple[str, ...] = ()
    interpreter: str = ""


class WrapUpCode(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent says a conversation was about; `under` is the code of the level above, empty on the first."""

    name: str
    title: str
    under: str = ""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What the public reaches: `numbers` (E.164) lead to `script`; `safe_queue` takes whom a fault of ours leaves.

    `greeting` is what the agent says first: "Allo PMI Hauts-de-Seine, bonjour".  `discreet`: nothing of its calls goes
    into lists, messages or webhooks by which a family could learn of them.  `show` is the callable number (E.164) that
    its outgoing calls present, the line's own if empty.  Without `hours` it always answers; outside of them, and after
    the last admission, `closed_script` has the caller.  `emergency_text` is said to everybody, where
    the script has its Notices step, or first.
    """

    name: str
    title: str
    numbers: tuple[str, ...]
    script: str
    safe_queue: str
    language: str = "fr"
    answer_after_ms: int = 1_000
    speak_after_ms: int = 400
    tenant: str = ""
    greeting: str = ""
    discreet: bool = False
    show: str = ""
    hours: str = ""
    closed_script: str = ""
    emergency_text: str = ""


Announced = Literal["position", "wait", "languages"]
"""What somebody who waits is told: which of those who wait they are, and how long it may last."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Where interactions wait.  `max_waiting` bounds it; who does not fit, or should not wait there, goes the first way
    of `overflow` that is open.

    Its people have `skills` and `needs`; what is asked of them gives way by the steps of `relax`.  `turn` is its own
    rule of who is served first, the platform's if None.

    Whoever the records know waits for the `referent`, the agent who follows them, before anybody of `last_agent`.

    With `callback` its people call those who would rather be called; without, promised calls are tasks that wait for
    somebody to take them.  Whoever gave up and calls again within `keep_place_ms` has the place of their first call.

    After a conversation its people have `wrap_up_ms` for their notes, `wrap_up_more_ms` once more if they ask, and end
    it sooner themselves, with a wrap-up code if `code_required`; then a breath of `breath_ms` before the next offer.

    Whoever has waited `pull_back_ms` gets the people who are at tasks.

    `call_back_within_ms`: how long its people have for those who left a message, were promised a call, or gave up; it
    counts while the service that was called is open.
    """

    name: str
    title: str
    skills: tuple[Skill, ...] = ()
    max_waiting: int = 200
    overflow: tuple[Overflow, ...] = ()
    last_agent: LastAgent | None = None
    referent: Referent | None = None
    offer_ms: int = 20_000
    wrap_up_ms: int = 30_000
    wrap_up_more_ms: int = 0
    code_required: bool = False
    breath_ms: int = 0
    target_ms: int = 20_000
    announce_every_ms: int = 30_000
    announce: tuple[Announced, ...] = ("position", "wait")
    call_back_within_ms: int = 8 * 3_600_000
    keep_place_ms: int = 2 * 3_600_000
    callback: Callback | None = None
    pull_back_ms: int = 60_000
    needs: Requirement | None = None
    relax: tuple[Relax, ...] = ()
    turn: Turn | None = None

    @property
    def beyond(self) -> str | None:
        """The first queue that it overflows to."""
        return next((rule.to for rule in self.overflow if rule.to), None)


Header = Literal["request_uri", "to", "diversion", "history_info"]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When services answer: `rules` in OpenStreetMap's notation (core/opening.py), `title` in words.

    `last_admission_ms` before each closing nobody new is taken, so that the queue is empty then.  Who waits still is
    served (`serve`), or noted for a callback and told so (`callback`).
    """

    name: str
    title: str
    rules: str
    last_admission_ms: int = 0
    at_closing: Literal["serve", "callback"] = "serve"


UNKNOWN_NUMBER: Final = "numero_inconnu"
"""The service and the script of whoever dials a number that no service has: they are told, and counted apart."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A trunk: `channels` calls at once, of which the last `reserved` are for transfers and callbacks.

    `show` is the number (E.164) that may be presented on calls going out by it, empty if none may; without a way
    `outward` it only brings calls.  The service dialled is read from the headers `service_from`, in this order;
    `aliases` are what the trunk writes for the number of a service.
    """

    name: str
    channels: int
    reserved: int
    show: str = ""
    outward: bool = True
    service_from: tuple[Header, ...] = ("request_uri", "to", "diversion", "history_info")
    aliases: dict[str, str] = {}


Role = Literal["agent", "supervisor", "administrator"]

Destination = Literal[
    "fixed",
    "mobile",
    "overseas",
    "free",
    "ordinary",
    "charged",
    "premium",
    "short",
    "emergency",
    "satellite",
    "international",
    "unknown",
]
"""What a number is, by the French plan: 01-05 and 09, 06-07, outre-mer, 0800-0805, 0806-0809, 081-082, 089 and 118,
39xx and other short numbers, 15 and its like, satellites, other countries, no number at all."""

_EVERYDAY: tuple[Destination, ...] = ("fixed", "mobile", "overseas", "free", "ordinary")


def _allowed() -> dict[Role, tuple[Destination, ...]]:
    more: tuple[Destination, ...] = (*_EVERYDAY, "short", "charged")
    return {"agent": _EVERYDAY, "supervisor": more, "administrator": more}


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that agents place: by which `line` (the first if empty), where to by role, how many a day.

    An alert follows so many refused, costly or short calls of one agent within an hour; with `alert_holds` that agent
    calls nobody until the next day.
    """

    line: str = ""
    allowed: dict[Role, tuple[Destination, ...]] = msgspec.field(default_factory=_allowed)
    per_agent: int = 100
    per_platform: int = 2_000
    ring_ms: int = 40_000
    alert_refused: int = 5
    alert_costly: int = 10
    alert_short: int = 20
    alert_holds: bool = False


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """Who called an emergency service at its number, by this centre's line, and found the right one; `on` is the day
    (ISO)."""

    on: str
    by: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a conversation may be handed on to: an extension of a PABX or a public `number`, by `line` (that of outgoing
    calls if empty).

    `tenants` and `roles` are those who may (everybody if empty); `deputy` is the entry rung when nobody answers, and
    outside of `hours` at once.  `words` find it where its title does not say what it is for.  `verified` is of an
    emergency service, which is called into conversations instead.
    """

    name: str
    title: str
    number: str
    line: str = ""
    tenants: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    deputy: str = ""
    ring_ms: int = 25_000
    hours: str = ""
    words: tuple[str, ...] = ()
    verified: Verified | None = None

    def is_for(self, agent: Agent) -> bool:
        """Whether it is one of the agent's role and tenants."""
        if self.roles and agent.role not in self.roles:
            return False
        return not self.tenants or not agent.tenants or bool(set(self.tenants) & set(agent.tenants))

    def answers_for(self, tenant: str) -> bool:
        """Whether it is one of the organisation whose citizen calls."""
        return not self.tenants or not tenant or tenant in self.tenants


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What people call about: `title` as agents read it, `spoken` as it is said to callers ("le RSA"), in a `group` (a
    directorate).  `protected`: it says too much about a person to leave the centre."""

    name: str
    title: str
    spoken: str
    group: str = ""
    protected: bool = False


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A téléconseiller.  `phone` is the SIP account of the desk phone; its registration logs the agent in if so set.

    `tenants` are those whose calls they take and whose records they see; `role` is what their page may do.  They speak
    `languages`, know the `sectors` and take the `channels` that are named; all of them where none is.  How long they
    are rung, have for their notes, and breathe before the next offer is as their queues have it unless said here.
    """

    name: str
    display: str
    phone: str
    skills: dict[str, int]
    queues: tuple[str, ...]
    wrap_up_ms: int | None = None
    log_in_with_phone: bool = True
    tenants: tuple[str, ...] = ()
    role: Role = "agent"
    answer: Literal["manual", "auto"] = "manual"
    languages: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    offer_ms: int | None = None
    breath_ms: int | None = None


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Why an agent takes no calls for a while.  Beyond `longest_ms` it is shown to them and their supervisor, no more.

    So many of one organisation may be in it `at_once`.  One after a `difficult` call is always granted, and the
    supervisor is told how many are in it, never who.
    """

    name: str
    title: str
    longest_ms: int | None = None
    at_once: int | None = None
    difficult: bool = False


class RingNoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who lets `misses` offers ring in a row is asked no more until they say that they are back: not after
    one."""

    misses: int = 2


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one contact of a channel weighs, and contacts of which channels may interrupt it."""

    units: int = 1
    yields_to: tuple[Channel, ...] = ()


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """An agent carries `units` at once.  A channel that is not named fills somebody; tasks yield to calls."""

    units: int = 1
    channels: dict[Channel, Load] = {}

    def load(self, channel: Channel) -> Load:
        found = self.channels.get(channel)
        if found is not None:
            return found
        return Load(units=self.units, yields_to=("call",) if channel == "task" else ())


class Tasks(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of people whom nobody talked with.

    Those who give up are listed if they had come as far as `abandoned_from`, and stay for `abandoned_kept_ms`.  An
    agent has a task for `claim_ms`.  Recordings are erased `recordings_kept_ms` after their task is closed.
        Tasks are `offered` to whoever is free and at their page; they
    look at one for `preview_ms`.
    """

    abandoned_from: Literal["arrival", "queue", "never"] = "queue"
    abandoned_kept_ms: int = 48 * 3_600_000
    claim_ms: int = 20 * 60_000
    recordings_kept_ms: int = 30 * 24 * 3_600_000
    offered: bool = False
    preview_ms: int = 60_000


ForcedWish = Literal["ready", "pause", "log_in", "log_out"]
AgentWish = Literal["ready", "pause", "log_in", "log_out", "cancel", "finish", "longer"]
"""`cancel`: nothing is wanted after this call any more; `finish`: the notes are written; `longer`: more time."""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A star code that an agent dials on the desk phone: `wish` with the `reason` of a pause."""

    dial: str
    wish: AgentWish
    reason: str = ""


class Commune(msgspec.Struct, frozen=True, kw_only=True):
    """Where people live: its name as it is said and written, and its postcodes, which it may share."""

    name: str
    postcodes: tuple[str, ...] = ()


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's whole configuration, as the minds see it."""

    digest: str
    name: str
    services: dict[str, Service]
    scripts: dict[str, Script]
    queues: dict[str, Queue]
    agents: dict[str, Agent]
    codes: dict[str, Code]
    texts: dict[str, dict[str, str]]
    ring_no_answer: RingNoAnswer = RingNoAnswer()
    pauses: dict[str, Pause] = {}
    tenants: dict[str, Tenant] = {}
    wrap_up_codes: dict[str, WrapUpCode] = {}
    tasks: Tasks = Tasks()
    capacity: Capacity = Capacity()
    lines: dict[str, Line] = {}
    outgoing: Outgoing = msgspec.field(default_factory=Outgoing)
    directory: dict[str, Entry] = {}
    hours: dict[str, Hours] = {}
    distribution: Distribution = Distribution()
    sectors: dict[str, str] = {}
    topics: dict[str, Topic] = {}
    communes: dict[str, str] = {}
    gazetteer: dict[str, Commune] = {}

    def service_of(self, dialled: str) -> Service:
        """The service whose numbers hold `dialled` (E.164); a number nobody has belongs to UNKNOWN_NUMBER, and to the
        first service where there is no such."""
        for service in self.services.values():
            if dialled in service.numbers:
                return service
        return self.services.get(UNKNOWN_NUMBER) or next(iter(self.services.values()))

    def tongues_of(self, service: str, language: str) -> dict[str, str]:
        """The language to which each key leads whoever waits for `service` and speaks `language`."""
        called = self.services.get(service)
        script = self.scripts.get(called.script) if called is not None else None
        return led_to(script, called.language, language) if called is not None and script is not None else {}

    @property
    def organisations(self) -> tuple[str, ...]:
        """The tenants; of a centre that names none, those that its services do."""
        return tuple(self.tenants) or tuple(dict.fromkeys(service.tenant for service in self.services.values()))

    @property
    def own_numbers(self) -> frozenset[str]:
        """By which the public reaches us: whoever calls one of them calls us."""
        called = {number for service in self.services.values() for number in (*service.numbers, service.show)}
        return frozenset(called | {line.show for line in self.lines.values()}) - {""}

    def turn_of(self, queue: Queue) -> Turn:
        """Who of those who wait in the queue is served first: by its own rule, or by the platform's."""
        return queue.turn or self.distribution.turn

    def may_know(self, agent: str, service: str, queue: Queue) -> bool:
        """Whether the agent may be waited for, as one who knows the person: of that queue and of the organisation that
        was called; at a discreet service nobody knows anybody."""
        known, called = self.agents.get(agent), self.services.get(service)
        if known is None or called is None or called.discreet or queue.name not in known.queues:
            return False
        return not called.tenant or called.tenant in known.tenants

    def calling_hours(self, service: str, queue: str) -> tuple[Hours | None, ...]:
        """The hours in all of which people of `queue` call back those who called `service`."""
        known, called = self.services.get(service), self.queues.get(queue)
        callback = called.callback if called is not None else None
        own = self.hours.get(known.hours) if known is not None else None
        return own, Hours(name="", title="", rules=callback.between) if callback is not None else None

    def agent_at(self, phone: str) -> Agent | None:
        """The agent whose desk phone is `phone`."""
        return next((agent for agent in self.agents.values() if agent.phone == phone), None)
