"""The configuration's directory, read, checked and frozen: the only place where YAML is read.

loaded = load(Path("config"))        # or ConfigurationFault with every fault, one a line
print(describe(loaded))
compile_content(loaded.content) == loaded.centre
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from core.centre import UNKNOWN_NUMBER, Centre, Service
from core.errors import ConfigurationFault
from core.script import BY_COMMUNE, Details, HandOver, HangUp, Script
from runtime.settings.assessment import check_assessed, read_assessments
from runtime.settings.catalogue import UNKNOWN_TEXT, Marks, check_complete, check_recordings, read_texts
from runtime.settings.content import compile_content, seal
from runtime.settings.crm import read_records, read_webhooks
from runtime.settings.faults import Faults, Mark
from runtime.settings.files import CENTRE, files_of, read_centre
from runtime.settings.lines import Trunk, read_trunks
from runtime.settings.operating import Health, Operating, read_operating
from runtime.settings.outgoing import read_directory, read_outgoing
from runtime.settings.pages import read_pages
from runtime.settings.people import People
from runtime.settings.platform import (
    Ami,
    Rtp,
    Settings,
    Sip,
    Telephony,
    read_recordings,
    read_telephony,
    read_voices,
)
from runtime.settings.reading import Fields
from runtime.settings.report import describe
from runtime.settings.retention import read_retention
from runtime.settings.scripts import (
    Read,
    check_communes,
    check_dangers,
    check_keys_of_waiting,
    check_offered,
    check_script,
    check_topics,
    check_waited,
    read_script,
)
from runtime.settings.sectors import gazetteer_of
from runtime.settings.servers import BusSettings, JournalSettings, read_bus, read_journal
from runtime.settings.source import read
from runtime.settings.speech import read_speech
from runtime.settings.topics import for_minds, read_outside, read_topics
from runtime.settings.urgences import read_urgences
from runtime.settings.walls import asked_by, check_spoken, check_walls

__all__ = [
    "Ami",
    "BusSettings",
    "ConfigurationFault",
    "Health",
    "JournalSettings",
    "Loaded",
    "Operating",
    "Rtp",
    "Settings",
    "Sip",
    "Telephony",
    "Trunk",
    "compile_content",
    "describe",
    "load",
]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a directory gives: the minds' `centre`, the edges' `settings`, and the `content` kept by digest.

    `recorded` lists the texts that have a recording, by language.  `read` is the digest of what the files say, also
    where a demonstration opens every service.
    """

    centre: Centre
    settings: Settings
    content: bytes
    recorded: dict[str, tuple[str, ...]]
    read: str


def load(directory: Path) -> Loaded:
    """The configuration of `directory`; raises ConfigurationFault with all the faults of all its files."""
    faults = Faults()
    directory = directory.absolute()
    root = read_centre(directory, faults)
    script_files = dict(files_of(directory, "scripts", faults))
    scripts = {
        name: read_script(name, file, tree, faults)
        for name, file in script_files.items()
        if (tree := read(directory, file, faults)) is not None
    }
    texts: dict[str, dict[str, str]] = {}
    text_files = dict(files_of(directory, "texts", faults))
    for language, file in text_files.items():
        if (tree := read(directory, file, faults)) is not None:
            texts[language], _ = read_texts(file, tree, faults)
    if root is None:
        faults.raise_if_any()
        raise AssertionError("a file that cannot be read adds a fault")
    fields = Fields(faults, root, "")
    name = fields.label("name")
    people = People(fields)
    trunks = read_trunks(fields, {number for service in people.services.values() for number in service.numbers})
    journal = read_journal(fields)
    voices = read_voices(fields, faults)
    speech, models_from = read_speech(fields, directory, voices)
    settings = Settings(
        root=directory,
        telephony=read_telephony(fields, people.phone_secret_env, trunks),
        journal=journal,
        bus=read_bus(fields, journal),
        operating=read_operating(fields),
        recordings=read_recordings(fields, directory),
        voices=voices,
        speech=speech,
        models_from=models_from,
        skill_titles=people.skill_titles,
        records=read_records(fields, people.tenants, journal),
        webhooks=read_webhooks(fields, people.tenants),
        pages=read_pages(fields, directory),
        retention=read_retention(fields, people.tenants, journal),
        assessments=read_assessments(fields, people.tenants),
        topics=read_topics(fields),
        urgencies=read_urgences(fields),
        outside_engine=read_outside(fields),
    )
    outgoing = read_outgoing(fields, trunks.lines)
    entries = read_directory(fields, trunks.lines, people.tenants, people.hours)
    fields.close()
    people.speak(settings.languages)
    _check_languages(settings, people, text_files, texts, faults)
    queues = [named for script in scripts.values() for named in script.queues]
    people.check_names(script_files, settings.languages, queues)
    people.check_texts(texts)
    people.check_announced(found.script for found in scripts.values())
    communes = people.sectors.communes(directory, faults)
    _check_scripts(people, scripts, texts, faults)
    gazetteer = gazetteer_of(directory) if _asks_where(scripts) else {}
    for found in scripts.values():
        check_communes(found, gazetteer, faults)
        check_topics(found, settings.topics.values(), faults)
        check_dangers(found, settings.urgencies.signals, faults)
    shared = any(tenant.shares_with for tenant in people.tenants.values())
    written = {script: found.script for script, found in scripts.items()}
    people.overflows.check(faults, written, shared=shared)
    if not len(faults):
        _check_somebody_answers(people, scripts)
        dialogues = {name: found.script for name, found in scripts.items()}
        outside = settings.outside_engine is not None
        check_assessed(people, dialogues, settings.assessments, outside_engine=outside)
    recorded = _recorded(settings, texts, faults)
    faults.raise_if_any()
    unknown = _unknown_number(people, texts)
    centre, content = seal(
        Centre(
            digest="",
            name=name,
            services=people.services | unknown.services,
            scripts={name: found.script for name, found in scripts.items()} | unknown.scripts,
            queues=people.queues,
            agents=people.agents,
            codes=people.codes,
            texts=texts,
            ring_no_answer=people.ring_no_answer,
            pauses=people.pauses,
            tasks=people.tasks,
            capacity=people.capacity,
            tenants=people.tenants,
            wrap_up_codes=people.wrap_up_codes,
            lines=trunks.lines,
            hours=people.hours,
            outgoing=outgoing,
            distribution=people.distribution,
            sectors=people.sectors.titles,
            communes=communes,
            gazetteer=gazetteer,
            directory=entries,
            topics=for_minds(settings.topics),
        )
    )
    return Loaded(centre=centre, settings=settings, content=content, recorded=recorded, read=centre.digest)


def _asks_where(scripts: dict[str, Read]) -> bool:
    """Whether any script asks callers where they live."""
    steps = (step for found in scripts.values() for step in found.script.steps.values() if isinstance(step, Details))
    return any(slot.detail == "commune" for step in steps for slot in step.slots)


class _Unknown(NamedTuple):
    """Who answers a number that no service has; nobody where no text says so."""

    services: dict[str, Service]
    scripts: dict[str, Script]


def _unknown_number(people: People, texts: dict[str, dict[str, str]]) -> _Unknown:
    """A script of one sentence, in the language of the first service, whose queue is there should we fail."""
    first = next(iter(people.services.values()))
    if UNKNOWN_TEXT not in texts.get(first.language, {}):
        return _Unknown({}, {})
    script = Script(name=UNKNOWN_NUMBER, start="numero", steps={"numero": HangUp(texts=(UNKNOWN_TEXT,))})
    service = Service(
        name=UNKNOWN_NUMBER,
        title="Numéro inconnu",
        numbers=(),
        script=UNKNOWN_NUMBER,
        safe_queue=first.safe_queue,
        language=first.language,
    )
    return _Unknown({UNKNOWN_NUMBER: service}, {UNKNOWN_NUMBER: script})


def _check_languages(
    settings: Settings, people: People, files: dict[str, str], texts: dict[str, dict[str, str]], faults: Faults
) -> None:
    """Every text must be there in the languages of services; what another one lacks is said in theirs."""
    usual = {service.language for service in people.services.values()}
    for language in settings.languages:
        if language not in files:
            faults.add(Mark(f"texts/{language}.yaml"), "", f"absent, or languages annonce « {language} » : créez-le")
    for language, file in files.items():
        if language not in settings.languages:
            faults.add(Mark(file), "", f"langue « {language} » absente de languages dans {CENTRE}, déclarez-la")
        elif language in texts and language in usual:
            check_complete(file, texts[language], faults)


def _check_scripts(people: People, scripts: dict[str, Read], texts: dict[str, dict[str, str]], faults: Faults) -> None:
    for name, found in scripts.items():
        people.check_skills(found.skills)
        people.check_needs(found.needs)
        using = [service for service in people.services.values() if name in (service.script, service.closed_script)]
        spoken = {service.language for service in using} or set(texts)
        catalogues = {language: texts[language] for language in texts if language in spoken}
        check_script(found, people.services, catalogues, faults)
        check_offered(found, texts, faults)
        check_keys_of_waiting(found, people.queues.values(), faults)
        if using:
            check_waited(found, using[0].name, faults)


def _check_somebody_answers(people: People, scripts: dict[str, Read]) -> None:
    """Looked at last, when the rest is right: every queue, hand-over and service finds at least one agent."""
    before = len(people.faults)
    people.check_somebody_answers()
    for found in scripts.values():
        for step, content in found.script.steps.items():
            if isinstance(content, HandOver) and content.queue:
                _check_hand_over(people, found, step, content)
    if len(people.faults) == before:
        written = {name: found.script for name, found in scripts.items()}
        check_walls(people, written)
        if len(people.faults) == before:
            check_spoken(people, written)


def _check_hand_over(people: People, found: Read, step: str, to: HandOver) -> None:
    need = asked_by(to)
    if to.sector == BY_COMMUNE and not any(step.sectors for step in people.queues[to.queue].relax):
        what = f"la file « {to.queue} » doit céder sur le secteur, ajoutez-y relax: [{{after: 1min, sectors: true}}]"
        people.faults.add(found.mark(step, "sector"), f"steps.{step}.sector", what)
    if not (to.skills or to.needs or to.sector) or people.can_take(need):
        return
    needed: dict[str, int] = {}
    for skill in (*people.queues[to.queue].skills, *to.skills):
        needed[skill.name] = max(skill.level, needed.get(skill.name, 0))
    asked = ", ".join(f"{name} {level}" for name, level in needed.items())
    if to.needs or to.sector:
        what = f"aucun agent de la file « {to.queue} » n'a ce qui est demandé ici, demandez moins ou ajoutez un agent"
    else:
        what = f"aucun agent de la file « {to.queue} » n'a {asked}, baissez le niveau ou ajoutez un agent"
    people.faults.add(found.mark(step, ""), f"steps.{step}.skills", what)


def _recorded(settings: Settings, texts: dict[str, dict[str, str]], faults: Faults) -> dict[str, tuple[str, ...]]:
    """The recordings there are, by language; none at all is no fault."""
    recorded = {}
    for language in settings.languages:
        folder = settings.recordings / language
        shown = folder.relative_to(settings.root) if folder.is_relative_to(settings.root) else folder
        try:
            files = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.add(Mark(str(shown)), "", f"dossier illisible ({error.strerror}), vérifiez ses droits")
            continue
        marks: Marks = {}
        for file in files:
            if file.endswith(".wav"):
                marks[file.removesuffix(".wav")] = Mark(f"{shown}/{file}")
            else:
                faults.add(Mark(f"{shown}/{file}"), "", "n'est pas un .wav, convertissez-le ou déplacez-le")
        check_recordings(marks, texts.get(language, {}), faults)
        recorded[language] = tuple(marks)
    return recorded
