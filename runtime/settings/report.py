"""A configuration in a few lines, for the person who just changed it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from acd.announce import LANGUAGE_TEXT
from core.centre import Queue, Service
from core.text import URGENT
from ivr.read_back import asks_for_details
from ivr.script import texts_of
from runtime.settings.assessment import ZONE, worth_a_look
from runtime.settings.catalogue import SAID_BY_MINDS, lacking
from runtime.settings.outgoing import worth_trying
from runtime.settings.slots import KEYED, TEXT
from runtime.settings.values import spell_ms
from speech.prompts import unusable

LACKING_SHOWN: Final = 10
"""Of the texts that a language lacks, so many are named; `./allo prompts list --missing` has them all."""

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runtime.settings import Loaded


def describe(loaded: Loaded) -> str:
    """A short French summary: services, queues, agents, voice; what is worth a second look comes last."""
    centre, settings = loaded.centre, loaded.settings
    telephony = settings.telephony
    where = "Asterisk démarré par Allo" if telephony.mode == "own" else f"Asterisk existant ({telephony.ami.host})"
    lines = [f"{centre.name} — configuration {centre.digest[:12]}"]
    lines += [_service(service) for service in centre.services.values()]
    lines += [_queue(queue, _serving(loaded, queue.name)) for queue in centre.queues.values()]
    skills = len(settings.skill_titles)
    lines.append(f"agents : {len(centre.agents)}, compétences : {skills}, codes : {len(centre.codes)}")
    lines += [f"textes en {language} : {_texts(loaded, language)}" for language in centre.texts]
    lines.append(f"téléphonie : {where}, SIP {telephony.sip.bind}:{telephony.sip.port}, lignes : {_trunks(loaded)}")
    lines += [f"à noter : {note}" for note in notes(loaded)]
    return "\n".join(lines)


def _service(service: Service) -> str:
    numbers = ", ".join(service.numbers) or "les numéros qu'aucun service n'a"
    hours = f", horaires {service.hours}" if service.hours else ""
    return f"service « {service.title} » : {numbers}, script {service.script}{hours}"


def _serving(loaded: Loaded, queue: str) -> int:
    return sum(queue in agent.queues for agent in loaded.centre.agents.values())


def _queue(queue: Queue, agents: int) -> str:
    overflow = f", déborde vers {queue.beyond}" if queue.beyond else ""
    figures = f"{agents} agent{'s' if agents > 1 else ''}, {queue.max_waiting} places"
    return f"file « {queue.title} » : {figures}, objectif {spell_ms(queue.target_ms)}{overflow}"


def _texts(loaded: Loaded, language: str) -> str:
    texts = loaded.centre.texts[language]
    recorded = sum(name in texts for name in loaded.recorded.get(language, ()))
    return f"{len(texts)}, dont {recorded} enregistrés et {len(texts) - recorded} en voix de synthèse"


def _trunks(loaded: Loaded) -> str:
    return ", ".join(loaded.settings.telephony.trunks) or "aucune"


def _lacking(loaded: Loaded) -> Iterator[str]:
    """What callers who chose a language hear in another all the same: in the script that offers it, then waiting."""
    centre = loaded.centre
    led = {rule.script for queue in centre.queues.values() for rule in queue.overflow if rule.script}
    led |= {queue.callback.script for queue in centre.queues.values() if queue.callback and queue.callback.script}
    for language in sorted({language for script in centre.scripts.values() for language in script.languages}):
        offering = {name for name, script in centre.scripts.items() if language in script.languages}
        heard = [step for name in offering | led for step in centre.scripts[name].steps.values()]
        said = {*SAID_BY_MINDS, LANGUAGE_TEXT, *(key for step in heard for _, key in texts_of(step))}
        keys = lacking(said, centre.texts.get(language, {}))
        if keys:
            more = " …" if len(keys) > LACKING_SHOWN else ""
            shown = ", ".join(keys[:LACKING_SHOWN])
            yield f"{len(keys)} textes absents de texts/{language}.yaml, dits dans la langue du service : {shown}{more}"


def notes(loaded: Loaded) -> list[str]:
    """What is allowed but rarely meant."""
    centre = loaded.centre
    used = {script for service in centre.services.values() for script in (service.script, service.closed_script)}
    used |= {rule.script for queue in centre.queues.values() for rule in queue.overflow}
    used |= {queue.callback.script for queue in centre.queues.values() if queue.callback is not None}
    found = [f"script {name} qu'aucun service n'utilise" for name in centre.scripts if name not in used]
    said = {key for script in centre.scripts.values() for step in script.steps.values() for _, key in texts_of(step)}
    said |= {*SAID_BY_MINDS, *(service.emergency_text for service in centre.services.values())}
    if any(script.languages for script in centre.scripts.values()):
        said.add(LANGUAGE_TEXT)
    if asks_for_details(centre):  # the others are there for whoever asks for more of them
        said |= {text + keyed for text in TEXT.values() for keyed in ("", KEYED)}
    for language, texts in centre.texts.items():
        unsaid = [key for key in texts if key not in said and not key.startswith(URGENT)]
        found += [f"texte {key} ({language}) que rien ne dit" for key in unsaid]
    found += list(_lacking(loaded))
    found += [
        f"enregistrement inutilisable, {why}" for why in unusable(loaded.settings.recordings, tuple(centre.texts))
    ]
    today = datetime.now(ZONE).date()
    found += worth_a_look(loaded.settings.assessments, centre.tenants, today)
    found += worth_trying(centre.directory, today)
    if loaded.settings.telephony.mode == "own" and not loaded.settings.telephony.trunks:
        found.append("aucune ligne (trunks) : personne ne peut appeler de l'extérieur")
    return found
