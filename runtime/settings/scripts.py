"""config/scripts/*.yaml: the dialogues, each file one script named after it."""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec.structs import replace

from core.centre import Queue
from core.needs import Skill
from core.script import (
    ANY,
    BY_COMMUNE,
    INVITE_TEXT,
    Ask,
    Branch,
    Choice,
    Details,
    HandOver,
    HangUp,
    Languages,
    Listen,
    Notices,
    Record,
    Say,
    Script,
    Step,
    TakeNumber,
)
from ivr import script as rules
from runtime.settings import values
from runtime.settings.faults import Faults, Mark, meant
from runtime.settings.needs import Names, read_requirement
from runtime.settings.reading import Fields, Named
from runtime.settings.sectors import FILE as COMMUNES
from runtime.settings.slots import check_keys, read_slots
from runtime.settings.source import Mapping, Node
from speech.understand.topics import Topic

KINDS = (
    "say",
    "notices",
    "languages",
    "ask",
    "listen",
    "details",
    "branch",
    "record",
    "number",
    "hand_over",
    "hang_up",
)


class Read:
    """A script as read, with the places of its steps and fields and the names that it uses of elsewhere."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.script = Script(name="", start="", steps={})
        self.marks: dict[tuple[str, str], Mark] = {}
        self.languages: list[Named] = []
        self.said: list[Named] = []
        self.queues: list[Named] = []
        self.skills: list[Named] = []
        self.needs = Names()
        self.whole = True  # every step could be read: the graph may be judged

    def mark(self, step: str, field: str) -> Mark:
        """The place of a field of a step; of the step, if the field is not written."""
        return self.marks.get((step, field)) or self.marks.get((step, "")) or Mark(self.file)


def read_script(name: str, file: str, root: Mapping, faults: Faults) -> Read:
    """The script of one file; its references and its graph are checked later, once everything is read."""
    read = Read(file)
    before = len(faults)
    fields = Fields(faults, root, "")
    start = fields.name("start", values.NAME, values.NAME_SAID)
    read.marks["", "start"] = start.mark
    languages = _languages(fields, read)
    again = fields.names("language_texts", values.TEXT_KEY, values.TEXT_KEY_SAID, required=False)
    read.said += again
    steps: dict[str, Step] = {}
    for key, (named, node) in fields.mapping("steps", values.NAME, values.NAME_SAID).items():
        read.marks[key, ""] = named.mark
        step = _step(key, node, f"steps.{key}", read, faults)
        if step is not None:
            steps[key] = step
    fields.close()
    read.script = Script(
        name=name,
        start=start.text,
        steps=_as_listening(steps),
        languages=languages,
        language_texts=tuple(one.text for one in again),
    )
    read.whole = len(faults) == before
    return read


def _languages(fields: Fields, read: Read) -> dict[str, str]:
    """The languages that the script offers, each with its key: `languages: {en: "6"}`."""
    node = fields.node("languages", required=False)
    if node is None:
        return {}
    inner = Fields(fields.faults, node, "languages")
    found = {}
    for language, (named, _) in fields.mapping("languages", values.LANGUAGE, values.LANGUAGE_SAID).items():
        key = inner.name(language, _DIGIT, _DIGIT_SAID)
        read.languages.append(named)
        read.marks["", f"languages.{language}"] = key.mark
        found[language] = key.text
    return found


def _step(key: str, node: Node, path: str, read: Read, faults: Faults) -> Step | None:
    fields = Fields(faults, node, path)
    before = len(faults)
    kind = fields.one_of("do", KINDS)
    if len(faults) > before:
        return None  # unknown kind: its fields would all be told wrong
    step: Step
    if kind == "say":
        step = Say(texts=_texts(key, fields, read), then=_to(key, fields, "then", read))
    elif kind == "notices":
        step = Notices(then=_to(key, fields, "then", read))
    elif kind == "languages":
        step = Languages(then=_to(key, fields, "then", read))
    elif kind == "ask":
        step = _ask(key, fields, read)
    elif kind == "listen":
        step = _listen(key, fields, read)
    elif kind == "details":
        step = _details(key, fields, read)
    elif kind == "branch":
        step = _branch(key, fields, read)
    elif kind == "record":
        step = _record(key, fields, read)
    elif kind == "number":
        step = _number(key, fields, read)
    elif kind == "hand_over":
        step = _hand_over(fields, read)
    else:
        step = HangUp(texts=_texts(key, fields, read, required=False))
    fields.close()
    return step


def _texts(key: str, fields: Fields, read: Read, required: bool = True) -> tuple[str, ...]:
    found = fields.names("texts", values.TEXT_KEY, values.TEXT_KEY_SAID, required)
    for index, named in enumerate(found):
        read.marks[key, f"texts[{index}]"] = named.mark
    return tuple(named.text for named in found)


def _to(key: str, fields: Fields, field: str, read: Read) -> str:
    named = fields.name(field, values.NAME, values.NAME_SAID)
    read.marks[key, field] = named.mark
    return named.text


def _keys(key: str, fields: Fields, read: Read) -> dict[str, Choice]:
    keys: dict[str, Choice] = {}
    for digit, (named, node) in fields.mapping("keys", _KEY, _KEY_SAID).items():
        choice = Fields(fields.faults, node, named.field)
        name = choice.name("name", values.NAME, values.NAME_SAID)
        then = choice.name("then", values.NAME, values.NAME_SAID)
        choice.close()
        read.marks[key, f"keys.{digit}.name"] = name.mark
        read.marks[key, f"keys.{digit}.then"] = then.mark
        keys[digit] = Choice(name=name.text, then=then.text)
    return keys


def _said_when(key: str, fields: Fields, read: Read, usual: dict[str, str]) -> dict[str, str]:
    """The texts of a step that are said on some occasion, by field; each has a usual one."""
    said = {}
    for field, default in usual.items():
        named = fields.name(field, values.TEXT_KEY, values.TEXT_KEY_SAID, default)
        read.marks[key, field], said[field] = named.mark, named.text
    return said


def _ask(key: str, fields: Fields, read: Read) -> Ask:
    keys = _keys(key, fields, read)
    usual = {"silence_text": "dialogue.silence", "wrong_key_text": "dialogue.touche_inconnue"}
    return Ask(
        texts=_texts(key, fields, read),
        keys=keys,
        otherwise=_to(key, fields, "otherwise", read),
        wait_ms=fields.duration_ms("wait", 5_000, 1_000, 60_000),
        attempts=fields.integer("attempts", 3, 1, 5),
        **_said_when(key, fields, read, usual),
    )


def _listen(key: str, fields: Fields, read: Read) -> Listen:
    usual = {
        "silence_text": "dialogue.silence_parole",
        "unclear_text": "dialogue.pas_compris",
        "wrong_key_text": "dialogue.touche_inconnue",
    }
    sure = fields.integer("sure", 75, 1, 100)
    return Listen(
        texts=_texts(key, fields, read),
        topics=_leading(key, fields, read, "topics"),
        dangers=_leading(key, fields, read, "dangers", required=False),
        keys=_keys(key, fields, read),
        otherwise=_to(key, fields, "otherwise", read),
        unheard=_to(key, fields, "unheard", read),
        attempts=fields.integer("attempts", 2, 1, 5),
        wait_ms=fields.duration_ms("wait", 5_000, 1_000, 60_000),
        longest_ms=fields.duration_ms("longest", 30_000, 5_000, 120_000),
        sure=sure,
        unsure=fields.integer("unsure", min(40, sure), 1, sure),
        **_said_when(key, fields, read, usual),
    )


def _details(key: str, fields: Fields, read: Read) -> Details:
    usual = {
        "silence_text": "dialogue.silence_parole",
        "unclear_text": "dialogue.pas_compris",
        "bad_text": "renseignement.faux",
        "skipped_text": "renseignement.tant_pis",
    }
    marks: dict[str, Mark] = {}
    slots = read_slots(fields, marks)
    read.marks |= {(key, field): mark for field, mark in marks.items()}
    keys = _keys(key, fields, read)
    check_keys(fields, keys)
    return Details(
        slots=slots,
        then=_to(key, fields, "then", read),
        keys=keys,
        dangers=_leading(key, fields, read, "dangers", required=False),
        attempts=fields.integer("attempts", 2, 1, 5),
        wait_ms=fields.duration_ms("wait", 8_000, 1_000, 60_000),
        longest_ms=fields.duration_ms("longest", 30_000, 5_000, 120_000),
        **_said_when(key, fields, read, usual),
    )


def _as_listening(steps: dict[str, Step]) -> dict[str, Step]:
    """Danger leads where the script's first question that listens leads it, unless the step says otherwise."""
    dangers = next((step.dangers for step in steps.values() if isinstance(step, Listen) and step.dangers), {})
    return {
        name: replace(step, dangers=dangers) if isinstance(step, Details) and not step.dangers else step
        for name, step in steps.items()
    }


def _leading(key: str, fields: Fields, read: Read, field: str, required: bool = True) -> dict[str, str]:
    """The steps where names lead: `topics: {rsa: vers_rsa}`."""
    node = fields.node(field, required=required)
    if node is None:
        return {}
    inner = Fields(fields.faults, node, fields.at(field))
    found = {}
    for name in node.entries if isinstance(node, Mapping) else ():
        to = inner.name(name, values.NAME, values.NAME_SAID)
        read.marks[key, f"{field}.{name}"] = to.mark
        found[name] = to.text
    return found


def _branch(key: str, fields: Fields, read: Read) -> Branch:
    on = fields.name("on", values.NAME, values.NAME_SAID)
    read.marks[key, "on"] = on.mark
    cases = _leading(key, fields, read, "cases")
    return Branch(on=on.text, cases=cases, otherwise=_to(key, fields, "otherwise", read))


def _record(key: str, fields: Fields, read: Read) -> Record:
    queue = fields.name("queue", values.NAME, values.NAME_SAID)
    read.queues.append(queue)
    then = _to(key, fields, "then", read)
    otherwise = _to(key, fields, "otherwise", read) if fields.has("otherwise") else then
    return Record(
        texts=_texts(key, fields, read),
        queue=queue.text,
        then=then,
        otherwise=otherwise,
        topic=fields.name("topic", values.TOPIC, values.NAME_SAID, "").text,
        longest_ms=fields.duration_ms("longest", 120_000, 10_000, 600_000),
        silence_ms=fields.duration_ms("silence", 5_000, 2_000, 30_000),
    )


def _number(key: str, fields: Fields, read: Read) -> TakeNumber:
    queue = fields.name("queue", values.NAME, values.NAME_SAID, "")
    read.queues.append(queue)
    usual = {"silence_text": "dialogue.silence", "bad_text": "rappel.numero_faux", "confirm_text": "rappel.confirmer"}
    return TakeNumber(
        texts=_texts(key, fields, read),
        queue=queue.text,
        otherwise=_to(key, fields, "otherwise", read),
        wait_ms=fields.duration_ms("wait", 8_000, 1_000, 60_000),
        attempts=fields.integer("attempts", 3, 1, 5),
        **_said_when(key, fields, read, usual),
    )


def _hand_over(fields: Fields, read: Read) -> HandOver:
    queue = fields.name("queue", values.NAME, values.NAME_SAID, "")
    read.queues.append(queue)
    for field in _OF_THE_NEED if not fields.has("queue") else ():
        if fields.has(field):
            what = "ne sert qu'avec queue : sans elle, on attend de nouveau comme avant, supprimez-le"
            fields.faults.add(fields.mark_of(field), fields.at(field), what)
    sector = fields.name("sector", values.NAME, values.NAME_SAID, "")
    if sector.text != BY_COMMUNE:
        read.needs.sectors.append(sector)
    return HandOver(
        queue=queue.text,
        skills=skills(fields, read.skills),
        priority=fields.integer("priority", 5, 1, 9),
        topic=fields.name("topic", values.TOPIC, values.NAME_SAID, "").text,
        needs=read_requirement(fields, "needs", read.needs),
        emergency=fields.flag("emergency", False),
        sector=sector.text,
    )


def skills(fields: Fields, seen: list[Named]) -> tuple[Skill, ...]:
    """The `skills: {rsa: 2}` of a queue or a step; their names are added to `seen`."""
    node = fields.node("skills", required=False)
    if node is None:
        return ()
    inner = Fields(fields.faults, node, fields.at("skills"))
    found = []
    for name, (named, _) in fields.mapping("skills", values.NAME, values.NAME_SAID, required=False).items():
        seen.append(named)
        found.append(Skill(name=name, level=inner.integer(name, None, 1, 5)))
    return tuple(found)


_OF_THE_NEED = ("skills", "priority", "topic", "needs", "emergency", "sector")
_KEY = rules.KEY
_DIGIT = re.compile(r"[1-9]")
_DIGIT_SAID = "un chiffre entre guillemets : 1 à 9"
_KEY_SAID = "une touche entre guillemets : 0 à 9, * ou #"


def check_script(read: Read, services: Collection[str], languages: dict[str, dict[str, str]], faults: Faults) -> None:
    """Tells every trouble of the graph, and every text that a language of the script lacks."""
    script = read.script
    for named in read.said:
        for texts in languages.values():
            named.check(faults, texts, "le texte")
    for name, step in script.steps.items():
        for field, key in rules.texts_of(step):
            for language, texts in languages.items():
                if key and key not in texts:
                    what = f"texte « {key} » absent de texts/{language}.yaml, {meant(key, texts)}"
                    faults.add(read.mark(name, field), f"steps.{name}.{field}", what)
    if not read.whole:
        return
    for trouble in rules.check(script, services):
        field = ".".join(part for part in ("steps", trouble.step, trouble.field) if part)
        if not trouble.step:
            field = trouble.field
        faults.add(read.mark(trouble.step, trouble.field), field, _said(trouble, script))


def check_offered(read: Read, languages: dict[str, dict[str, str]], faults: Faults) -> None:
    """Tells every language on offer that the centre has not, or that has no words to offer itself."""
    for named in read.languages:
        named.check(faults, languages, "la langue")
        if INVITE_TEXT not in languages.get(named.text, {INVITE_TEXT: ""}):
            what = f"texte « {INVITE_TEXT} » absent de texts/{named.text}.yaml, c'est ainsi que la langue se propose"
            faults.add(named.mark, named.field, what)


def check_keys_of_waiting(read: Read, queues: Collection[Queue], faults: Faults) -> None:
    """Tells every language whose key would ask for a callback as well: both hold while somebody waits."""
    for language, key in read.script.languages.items():
        taken = next((queue.name for queue in queues if queue.callback and queue.callback.key == key), "")
        if taken:
            what = f"la touche « {key} » est celle du rappel dans la file « {taken} », prenez-en une autre"
            faults.add(read.mark("", f"languages.{language}"), f"languages.{language}", what)


def check_waited(read: Read, service: str, faults: Faults) -> None:
    """Tells every step that counts on a queue in which nobody has waited: the script is the first that callers hear."""
    for name, step in read.script.steps.items():
        if isinstance(step, HandOver | TakeNumber) and not step.queue:
            what = f"manque, nommez la file : les appels de « {service} » commencent par ce script"
            faults.add(read.mark(name, ""), f"steps.{name}.queue", what)


def check_communes(read: Read, gazetteer: Collection[str], faults: Faults) -> None:
    """Where callers may live must be known to whoever asks them."""
    for name, step in read.script.steps.items():
        slots = step.slots if isinstance(step, Details) else ()
        for index, slot in enumerate(slots):
            if slot.detail == "commune" and not gazetteer:
                field = f"slots[{index}].detail"
                what = f"aucune commune n'est connue, copiez {COMMUNES} du modèle"
                faults.add(read.mark(name, field), f"steps.{name}.{field}", what)


def check_dangers(read: Read, signals: Collection[str], faults: Faults) -> None:
    """A danger that a step turns to must be one that can be heard."""
    for name, step in read.script.steps.items():
        for danger in step.dangers if isinstance(step, Listen | Details) else ():
            if danger != ANY and danger not in signals and (name, f"dangers.{danger}") in read.marks:
                field = f"dangers.{danger}"
                what = f"danger « {danger} » inconnu, {meant(danger, [*signals, ANY])}"
                faults.add(read.mark(name, field), f"steps.{name}.{field}", what)


def check_topics(read: Read, topics: Collection[Topic], faults: Faults) -> None:
    """What a step listens for must be a topic, or a group of them; one that names none understands nothing."""
    known = sorted({*(topic.name for topic in topics), *(topic.group for topic in topics)})
    for name, step in read.script.steps.items():
        for topic in step.topics if isinstance(step, Listen) else ():
            if topic not in known:
                remedy = meant(topic, known) if known else "il n'y a pas de topics.yaml, copiez celui du modèle"
                field = f"topics.{topic}"
                faults.add(read.mark(name, field), f"steps.{name}.{field}", f"thème « {topic} » inconnu, {remedy}")


def _said(trouble: rules.Trouble, script: Script) -> str:
    about, path = trouble.about, " → ".join((*trouble.path, *trouble.path[:1]))
    match trouble.kind:
        case "unknown_step":
            return f"étape « {about} » n'existe pas, {meant(about, script.steps)}"
        case "unreachable":
            return "étape que rien n'atteint, reliez-la ou supprimez-la"
        case "loop":
            return f"boucle sans aucune question ({path}), menez-la à une étape qui demande ou termine"
        case "no_way_out":
            return f"boucle sans issue pour qui n'appuie sur rien ({path}), menez {trouble.field} vers un agent"
        case "silent_hung_up":
            return "raccroche une personne qui n'a rien pu taper, menez otherwise vers hand_over"
        case "unknown_subject":
            return f"« {about} » n'est pas une question de ce script, {meant(about, rules.subjects(script))}"
        case "unknown_case":
            return f"« {about} » n'arrive jamais, {meant(about, trouble.path)}"
        case "double_choice":
            return f"« {about} » désigne deux suites différentes, donnez deux noms"
        case "language_key":
            return f"la touche « {about} » est celle d'une langue (languages), prenez-en une autre"
        case "no_language":
            return "aucune langue à proposer, ajoutez languages au début du script, ou supprimez l'étape"
        case "no_key":
            return "aucune touche, ajoutez-en une"
