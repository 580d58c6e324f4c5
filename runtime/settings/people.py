"""centre.yaml, the part that the minds read: services, queues, agents, codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final, Literal, cast, get_args

import msgspec

from acd.need import meets, stages
from core.centre import (
    Agent,
    AgentWish,
    Announced,
    Code,
    Pause,
    Queue,
    RingNoAnswer,
    Role,
    Service,
    Tasks,
    Tenant,
    WrapUpCode,
)
from core.events import Need
from core.needs import Channel, LastAgent, Referent
from core.script import Script
from runtime.settings import values
from runtime.settings.callbacks import read_callback
from runtime.settings.capacity import read_capacity
from runtime.settings.faults import Mark
from runtime.settings.hours import read_hours
from runtime.settings.lines import shown
from runtime.settings.needs import WORDS, Names, read_distribution, read_relax, read_requirement, read_turn
from runtime.settings.overflow import Overflows
from runtime.settings.reading import Fields, Named
from runtime.settings.scripts import skills
from runtime.settings.sectors import Sectors
from runtime.settings.source import Mapping, Node, Scalar

SECOND: Final = 1_000
MINUTE: Final = 60_000
HOUR: Final = 3_600_000
ROLES: Final = ("agent", "supervisor", "administrator")
ABANDONED_FROM: Final = ("arrival", "queue", "never")
ANSWERS: Final = ("manual", "auto")
CHANNELS: Final = get_args(Channel)
ANNOUNCED: Final = get_args(Announced)
# A breath is a moment; more of it is a pause.
LONGEST_BREATH_MS: Final = 10 * SECOND
# After a difficult call, where nobody says how long: a few minutes.
DIFFICULT_MS: Final = 5 * MINUTE
# What distribution itself calls the pauses that it makes (acd/agent.py, acd/instructions.py).
RESERVED_PAUSES: Final = ("souffle", "coupure", "consigne")
# Codes on two levels that a person can choose among in seconds.
WRAP_UP_CODES: Final = 15
# The tenant of a platform that names none.
ALONE: Final = "centre"
# What the accounts of trunks begin with (telephony/conf_trunks.py).
LINES: Final = "trunk-"
WISHES: Final = get_args(AgentWish)


class People:
    """What centre.yaml says of services, queues, agents and codes, with every name that must exist elsewhere."""

    def __init__(self, fields: Fields) -> None:
        self.faults = fields.faults
        self.skill_titles = _titles(fields, "skills", WORDS)
        self.skills: list[Named] = []
        self.needs = Names()
        self.overflows = Overflows()
        self.queue_names: list[Named] = []
        self.script_names: list[Named] = []
        self.language_names: list[Named] = []
        self.spoken: list[Named] = []
        self.announced_languages: list[Named] = []
        self.tenant_names: list[Named] = []
        self.codes_above: list[Named] = []
        self.pause_names: list[Named] = []
        self.hours_names: list[Named] = []
        self.text_names: list[tuple[str, Named]] = []
        self.marks: dict[str, Mark] = {}
        self.phone_secret_env: dict[str, str] = {}
        self._numbers: dict[str, Mark] = {}
        self._phones: dict[str, Mark] = {}
        name, said = values.NAME, values.NAME_SAID
        tenants = self._each(fields, "tenants", name, said, required=False)
        self.tenants = {key: self._tenant(key, node) for key, node in tenants}
        if not fields.has("tenants"):
            self.tenants = {ALONE: Tenant(name=ALONE, title=fields.label("name"))}
        self.sectors = Sectors(fields)
        self.distribution = read_distribution(fields)
        self.hours = read_hours(fields)
        self.services = {key: self._service(key, node) for key, node in self._each(fields, "services", name, said)}
        self.queues = {key: self._queue(key, node) for key, node in self._each(fields, "queues", name, said)}
        person, said_person = values.PERSON, values.PERSON_SAID
        self.agents = {key: self._agent(key, node) for key, node in self._each(fields, "agents", person, said_person)}
        pauses = self._each(fields, "pauses", name, said, required=False)
        self.pauses = {key: self._pause(key, node) for key, node in pauses}
        star, said_star = values.STAR_CODE, values.STAR_CODE_SAID
        codes = self._each(fields, "codes", star, said_star, required=False)
        self.codes = {key: self._code(key, node) for key, node in codes}
        self.ring_no_answer = self._ring_no_answer(fields)
        self.tasks = self._tasks(fields)
        self.capacity = read_capacity(fields)
        wrap_up = self._each(fields, "wrap_up_codes", name, said, required=False)
        self.wrap_up_codes = {key: self._wrap_up_code(key, node) for key, node in wrap_up}

    def _each(
        self, fields: Fields, field: str, form: object, said: str, required: bool = True
    ) -> Iterator[tuple[str, Node]]:
        for key, (named, node) in fields.mapping(field, form, said, required).items():  # type: ignore[arg-type]
            self.marks[f"{field}.{key}"] = named.mark
            yield key, node

    def _tenant(self, key: str, node: Node) -> Tenant:
        fields = Fields(self.faults, node, f"tenants.{key}")
        shares = fields.names("shares_with", values.NAME, values.NAME_SAID, required=False)
        self.tenant_names += shares
        tenant = Tenant(
            name=key,
            title=fields.label("title"),
            shares_with=tuple(name.text for name in shares),
            interpreter=fields.label("interpreter", ""),
        )
        fields.close()
        return tenant

    def _wrap_up_code(self, key: str, node: Node) -> WrapUpCode:
        fields = Fields(self.faults, node, f"wrap_up_codes.{key}")
        under = fields.name("under", values.NAME, values.NAME_SAID, "")
        self.codes_above.append(under)
        code = WrapUpCode(name=key, title=fields.label("title"), under=under.text)
        fields.close()
        return code

    def _service(self, key: str, node: Node) -> Service:
        fields = Fields(self.faults, node, f"services.{key}")
        numbers = tuple(self._number(item, field) for item, field in fields.sequence("numbers"))
        script = fields.name("script", values.NAME, values.NAME_SAID)
        queue = fields.name("safe_queue", values.NAME, values.NAME_SAID)
        language = fields.name("language", values.LANGUAGE, values.LANGUAGE_SAID, "fr")
        self.script_names.append(script)
        self.queue_names.append(queue)
        self.language_names.append(language)
        # Whose service it is must be said as soon as there are several: a guess would open one's records to another.
        only = next(iter(self.tenants)) if len(self.tenants) == 1 else None
        tenant = fields.name("tenant", values.NAME, values.NAME_SAID, only)
        self.tenant_names.append(tenant)
        title = fields.label("title")
        hours = fields.name("hours", values.NAME, values.NAME_SAID, "")
        closed = fields.name("closed_script", values.NAME, values.NAME_SAID, "")
        emergency = fields.name("emergency_text", values.TEXT_KEY, values.TEXT_KEY_SAID, "")
        self.hours_names.append(hours)
        self.script_names.append(closed)
        self.text_names.append((language.text, emergency))
        if bool(hours.text) != bool(closed.text):
            missing, there = ("closed_script", "hours") if hours.text else ("hours", "closed_script")
            self.faults.add(fields.mark, fields.at(missing), f"manque à côté de {there}, donnez les deux")
        service = Service(
            name=key,
            title=title,
            numbers=tuple(number for number in numbers if number),
            script=script.text,
            safe_queue=queue.text,
            language=language.text,
            answer_after_ms=fields.duration_ms("answer_after", SECOND, 0, 10 * SECOND),
            speak_after_ms=fields.duration_ms("speak_after", 400, 0, 5 * SECOND),
            tenant=tenant.text,
            greeting=fields.label("greeting", f"{title}, bonjour."),
            discreet=fields.flag("discreet", False),
            hours=hours.text,
            closed_script=closed.text,
            emergency_text=emergency.text,
            show=fields.value("show", shown, "", ""),
        )
        fields.close()
        return service

    def _number(self, item: Scalar, field: str) -> str:
        try:
            number = values.number(item.text)
        except values.Unfit as unfit:
            self.faults.add(item.mark, field, str(unfit))
            return ""
        first = self._numbers.setdefault(number, item.mark)
        if first is not item.mark:
            self.faults.add(item.mark, field, f"{number} est déjà pris {first.seen_from(item.mark)}, gardez-en un")
        return number

    def _queue(self, key: str, node: Node) -> Queue:
        fields = Fields(self.faults, node, f"queues.{key}")
        turn = read_turn(fields)
        queue = Queue(
            name=key,
            title=fields.label("title"),
            skills=skills(fields, self.skills),
            max_waiting=fields.integer("max_waiting", 200, 1, 10_000),
            overflow=self.overflows.read(fields, key),
            last_agent=_last_agent(fields),
            referent=_referent(fields),
            offer_ms=fields.duration_ms("offer", 20 * SECOND, 5 * SECOND, 2 * MINUTE),
            wrap_up_ms=fields.duration_ms("wrap_up", 30 * SECOND, 0, 30 * MINUTE),
            wrap_up_more_ms=fields.duration_ms("wrap_up_more", 0, 0, 10 * MINUTE),
            code_required=fields.flag("code_required", False),
            breath_ms=fields.duration_ms("breath", 0, 0, LONGEST_BREATH_MS),
            target_ms=fields.duration_ms("target", 20 * SECOND, SECOND, 60 * MINUTE),
            call_back_within_ms=fields.duration_ms("call_back_within", 8 * HOUR, MINUTE, 30 * 24 * HOUR),
            callback=read_callback(fields, self.script_names),
            pull_back_ms=fields.duration_ms("pull_back", MINUTE, 0, 8 * HOUR),
            keep_place_ms=fields.duration_ms("keep_place", 2 * HOUR, 0, 24 * HOUR),
            announce_every_ms=fields.duration_ms("announce_every", 30 * SECOND, 10 * SECOND, 10 * MINUTE),
            announce=self._announce(fields),
            needs=read_requirement(fields, "needs", self.needs),
            relax=read_relax(fields, self.needs, (turn or self.distribution.turn).longest_wait_ms),
            turn=turn,
        )
        fields.close()
        return queue

    def _announce(self, fields: Fields) -> tuple[Announced, ...]:
        """What somebody who waits is told; an empty list: nothing, only the music."""
        if not fields.has("announce"):
            return ("position", "wait")
        names = fields.names("announce", re.compile("|".join(ANNOUNCED)), ", ".join(ANNOUNCED), required=False)
        self.announced_languages += [name for name in names if name.text == "languages"]
        return tuple(cast("Announced", name.text) for name in names)

    def _agent(self, key: str, node: Node) -> Agent:
        fields = Fields(self.faults, node, f"agents.{key}")
        phone = fields.name("phone", values.ACCOUNT, values.ACCOUNT_SAID)
        self._check_phone(phone)
        secret = fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID, "")
        if secret.text:
            self.phone_secret_env[phone.text] = secret.text
        queues = fields.names("queues", values.NAME, values.NAME_SAID)
        self.queue_names += queues
        tenants = fields.names("tenants", values.NAME, values.NAME_SAID, required=len(self.tenants) > 1)
        self.tenant_names += tenants
        languages = fields.names("languages", values.LANGUAGE, values.LANGUAGE_SAID, required=False)
        sectors = fields.names("sectors", values.NAME, values.NAME_SAID, required=False)
        channels = fields.names("channels", re.compile("|".join(CHANNELS)), ", ".join(CHANNELS), required=False)
        self.spoken += languages
        self.needs.sectors += sectors
        agent = Agent(
            name=key,
            display=fields.label("display"),
            phone=phone.text,
            skills={skill.name: skill.level for skill in skills(fields, self.skills)},
            queues=tuple(queue.text for queue in queues),
            wrap_up_ms=_duration_if_said(fields, "wrap_up", 0, 30 * MINUTE),
            offer_ms=_duration_if_said(fields, "offer", 5 * SECOND, 2 * MINUTE),
            breath_ms=_duration_if_said(fields, "breath", 0, LONGEST_BREATH_MS),
            log_in_with_phone=fields.flag("log_in_with_phone", True),
            tenants=tuple(tenant.text for tenant in tenants) or tuple(self.tenants),
            role=cast("Role", fields.one_of("role", ROLES, "agent")),
            answer=cast('Literal["manual", "auto"]', fields.one_of("answer", ANSWERS, "manual")),
            languages=tuple(name.text for name in languages),
            sectors=tuple(name.text for name in sectors),
            channels=tuple(cast("Channel", name.text) for name in channels),
        )
        fields.close()
        return agent

    def _check_phone(self, phone: Named) -> None:
        if not phone.text:
            return
        if phone.text.startswith(LINES):
            what = f"« {phone.text} » : les noms en « {LINES} » sont ceux des lignes, choisissez-en un autre"
            self.faults.add(phone.mark, phone.field, what)
        first = self._phones.setdefault(phone.text, phone.mark)
        if first is not phone.mark:
            what = f"le téléphone « {phone.text} » est déjà pris {first.seen_from(phone.mark)}, un téléphone par agent"
            self.faults.add(phone.mark, phone.field, what)

    def _code(self, key: str, node: Node) -> Code:
        fields = Fields(self.faults, node, f"codes.{key}")
        wish = cast("AgentWish", fields.one_of("wish", WISHES))
        reason = fields.name("reason", values.NAME, values.NAME_SAID, "")
        if wish == "pause" and not fields.has("reason"):
            self.faults.add(fields.mark, fields.at("reason"), "manque, dites le motif de la pause")
        if wish == "pause" and self.pauses:
            self.pause_names.append(reason)
        if wish != "pause" and reason.text:
            self.faults.add(reason.mark, reason.field, "seule une pause a un motif, supprimez-le")
        fields.close()
        return Code(dial=key, wish=wish, reason=reason.text)

    def _pause(self, key: str, node: Node) -> Pause:
        fields = Fields(self.faults, node, f"pauses.{key}")
        difficult = fields.flag("difficult", False)
        at_once = fields.integer("at_once", 1, 1, 10_000) if fields.has("at_once") else None
        if difficult and at_once is not None:
            what = "une pause après un appel difficile est toujours accordée, supprimez at_once"
            self.faults.add(fields.mark_of("at_once"), fields.at("at_once"), what)
        if key in RESERVED_PAUSES:
            self.faults.add(node.mark, f"pauses.{key}", "nom réservé à Allo, choisissez-en un autre")
        longest_ms = _duration_if_said(fields, "longest", MINUTE, 8 * HOUR)
        if difficult and longest_ms is None:
            longest_ms = DIFFICULT_MS
        pause = Pause(
            name=key, title=fields.label("title"), longest_ms=longest_ms, at_once=at_once, difficult=difficult
        )
        fields.close()
        return pause

    def _ring_no_answer(self, fields: Fields) -> RingNoAnswer:
        node = fields.node("ring_no_answer", required=False)
        if node is None:
            return RingNoAnswer()
        inner = Fields(self.faults, node, "ring_no_answer")
        misses = inner.integer("misses", 2, 2, 10)  # never after one missed ring: people have hands full
        inner.close()
        return RingNoAnswer(misses=misses)

    def _tasks(self, fields: Fields) -> Tasks:
        node = fields.node("tasks", required=False)
        if node is None:
            return Tasks()
        inner = Fields(self.faults, node, "tasks")
        since = inner.one_of("abandoned_from", ABANDONED_FROM, "queue")
        tasks = Tasks(
            abandoned_from=cast('Literal["arrival", "queue", "never"]', since),
            abandoned_kept_ms=inner.duration_ms("abandoned_kept", 48 * HOUR, HOUR, 30 * 24 * HOUR),
            claim_ms=inner.duration_ms("claim", 20 * MINUTE, MINUTE, 8 * HOUR),
            recordings_kept_ms=inner.duration_ms("recordings_kept", 30 * 24 * HOUR, HOUR, 90 * 24 * HOUR),
            offered=inner.flag("offered", False),
            preview_ms=inner.duration_ms("preview", MINUTE, 10 * SECOND, 10 * MINUTE),
        )
        inner.close()
        return tasks

    def speak(self, languages: tuple[str, ...]) -> None:
        """Who names no language speaks the centre's first, and not every one that callers are offered."""
        if len(languages) > 1:
            self.agents = {
                name: agent if agent.languages else msgspec.structs.replace(agent, languages=languages[:1])
                for name, agent in self.agents.items()
            }

    def check_somebody_answers(self) -> None:
        """Tells every queue that no agent could ever serve."""
        for key, queue in self.queues.items():
            if not self.can_take(Need(queue=key, skills=(), priority=5, topic="", language="")):
                asks = queue.skills or queue.needs is not None
                what = "aucun agent de cette file n'a ses compétences" if asks else "aucun agent ne sert cette file"
                self.faults.add(self.marks[f"queues.{key}"], f"queues.{key}", f"{what}, ajoutez-en un")

    def can_take(self, need: Need) -> bool:
        """Whether at least one agent may take what asks `need`, at once or after waiting."""
        steps = stages(self.tenants, self.queues[need.queue], need)
        return any(meets(agent, stage.demand) for agent in self.agents.values() for stage in steps)

    def check_names(self, scripts: Collection[str], languages: Collection[str], more_queues: list[Named]) -> None:
        """Tells every name used that is declared nowhere; `more_queues` are those that scripts hand over to."""
        for queue in (*self.queue_names, *self.overflows.queues, *more_queues):
            queue.check(self.faults, self.queues, "la file")
        for tenant in self.tenant_names:
            tenant.check(self.faults, self.tenants, "l'organisation")
        for name in self.hours_names:
            name.check(self.faults, self.hours, "l'horaire")
        self._check_codes()
        for script in (*self.script_names, *self.overflows.scripts):
            script.check(self.faults, scripts, "le script")
        for language in self.language_names:
            language.check(self.faults, languages, "la langue")
        for language in self.spoken:
            language.check(self.faults, languages, "la langue")
        self.check_skills(self.skills)
        self.check_needs(self.needs)
        self._check_shares()

    def check_announced(self, scripts: Iterable[Script]) -> None:
        """A queue that announces languages where there are none would promise keys that do nothing."""
        if not any(script.languages for script in scripts):
            for name in self.announced_languages:
                what = "aucun script ne propose de langue, ajoutez languages à celui du service, ou retirez ce mot"
                self.faults.add(name.mark, name.field, what)

    def check_needs(self, names: Names) -> None:
        """Tells every name that needs use and that is declared nowhere."""
        self.check_skills(names.skills)
        for queue in names.queues:
            queue.check(self.faults, self.queues, "la file")
        for sector in names.sectors:
            sector.check(self.faults, self.sectors.titles, "le secteur")

    def _check_shares(self) -> None:
        """A queue that opens to other organisations where none shares would wait for nobody."""
        if any(tenant.shares_with for tenant in self.tenants.values()):
            return
        for key, queue in self.queues.items():
            if any(step.tenants for step in queue.relax):
                what = "tenants: true, mais aucune organisation ne partage, ajoutez shares_with à l'une d'elles"
                self.faults.add(self.marks[f"queues.{key}"], f"queues.{key}.relax", what)

    def _check_codes(self) -> None:
        """Two levels and no more; few enough to choose among.  Star codes ask for pauses that there are."""
        for pause in self.pause_names:
            pause.check(self.faults, self.pauses, "la pause")
        self._check_required()
        for above in self.codes_above:
            above.check(self.faults, self.wrap_up_codes, "le code")
            if (code := self.wrap_up_codes.get(above.text)) is not None and code.under:
                self.faults.add(
                    above.mark, above.field, f"« {above.text} » est déjà sous « {code.under} », deux niveaux"
                )
        if len(self.wrap_up_codes) > WRAP_UP_CODES:
            mark = self.marks[f"wrap_up_codes.{list(self.wrap_up_codes)[WRAP_UP_CODES]}"]
            self.faults.add(mark, "wrap_up_codes", f"{len(self.wrap_up_codes)} codes, {WRAP_UP_CODES} au plus")

    def _check_required(self) -> None:
        for key, queue in self.queues.items():
            if queue.code_required and not self.wrap_up_codes:
                what = "demande un code, mais wrap_up_codes n'en donne aucun, ajoutez-les"
                self.faults.add(self.marks[f"queues.{key}"], f"queues.{key}.code_required", what)

    def check_texts(self, texts: dict[str, dict[str, str]]) -> None:
        """Tells every text that a service says by itself and its language lacks."""
        for language, name in self.text_names:
            name.check(self.faults, texts.get(language, {}), "le texte")

    def check_skills(self, used: list[Named]) -> None:
        for skill in used:
            skill.check(self.faults, self.skill_titles, "la compétence")


def _duration_if_said(fields: Fields, name: str, least: int, most: int) -> int | None:
    return fields.duration_ms(name, least, least, most) if fields.has(name) else None


def _last_agent(parent: Fields) -> LastAgent | None:
    """The block `last_agent` of a queue; without it nobody waits for who knows them."""
    fields = parent.block("last_agent")
    if fields is None:
        return None
    found = LastAgent(
        within_ms=fields.duration_ms("within", 7 * 24 * HOUR, HOUR, 60 * 24 * HOUR),
        wait_ms=fields.duration_ms("wait", MINUTE, 5 * SECOND, 10 * MINUTE),
    )
    fields.close()
    return found


def _referent(parent: Fields) -> Referent | None:
    """The block `referent` of a queue; without it nobody waits for who follows them."""
    fields = parent.block("referent")
    if fields is None:
        return None
    found = Referent(wait_ms=fields.duration_ms("wait", MINUTE, 5 * SECOND, 10 * MINUTE))
    fields.close()
    return found


def _titles(fields: Fields, section: str, reserved: tuple[str, ...] = ()) -> dict[str, str]:
    """The skills or sectors that exist, each with its title."""
    node = fields.node(section, required=False)
    if node is None:
        return {}
    inner = Fields(fields.faults, node, section)
    declared = fields.mapping(section, values.NAME, values.NAME_SAID)
    for name, (named, _) in declared.items():
        if name in reserved:
            fields.faults.add(named.mark, named.field, "mot réservé aux besoins (needs), choisissez un autre nom")
    return {name: inner.label(name) for name in declared if isinstance(node, Mapping)}
