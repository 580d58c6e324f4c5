"""`./allo doctor`: what is installed, what is missing, and the remedy."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from core import limits
from core.errors import ConfigurationFault, JournalFault
from core.script import Details, Listen
from runtime import tools
from runtime.commands.doctor_trunk import trunk_findings
from runtime.commands.findings import Finding, tell
from runtime.places import Places, home
from runtime.settings import Loaded, load
from speech.engines.outside import Outside
from speech.models import BadModel, read_model
from telephony.process import allow_open_files

DISK_LEAST_MB = 500
CALLS_LEAST = 100


def findings(config: Path) -> list[Finding]:
    """Everything that the centre needs, in the order in which it is needed."""
    found = [_python(), *_tools(), *_disk(), _open_files()]
    try:
        loaded = load(config)
    except ConfigurationFault as fault:
        return [
            *found,
            Finding(what="configuration", said=f"{len(fault.faults)} faute(s)", remedy=f"./allo check {config}"),
        ]
    found.append(Finding(what="configuration", said=f"{loaded.centre.name}, {len(loaded.centre.agents)} agents"))
    return [*found, *_ports(loaded), *_speech(loaded), *_outside(loaded), *_journal(loaded)]


def _python() -> Finding:
    said = ".".join(map(str, sys.version_info[:3]))
    return Finding(what="python", said=said, remedy="" if sys.version_info >= (3, 11) else "installez Python 3.11")


def _tools() -> Iterator[Finding]:
    for name, why in (
        ("asterisk", "les appels"),
        ("espeak", "les messages sans enregistrement"),
        ("sipp", "les tests"),
    ):
        tool = tools.look(name)
        remedy = ""
        if not tool.works:
            remedy = f"nécessaire pour {why} : relancez ./allo demo, qui l'installe sans droits particuliers"
        elif name == "asterisk" and int(tool.version.split(".")[0]) < tools.ASTERISK_AT_LEAST:
            remedy = f"version {tools.ASTERISK_AT_LEAST} au moins : ôtez ASTERISK_BIN, ./allo en installe un"
        yield Finding(what=name, said=tool.version or "absent", remedy=remedy)


def _disk() -> Iterator[Finding]:
    place = home() if home().exists() else Path.cwd()
    free_mb = shutil.disk_usage(place).free // 1_000_000
    yield Finding(
        what="disque",
        said=f"{free_mb} Mo libres",
        remedy="" if free_mb >= DISK_LEAST_MB else f"libérez de la place : {DISK_LEAST_MB} Mo au moins",
    )


def _open_files() -> Finding:
    files = allow_open_files()
    calls = files // limits.OPEN_FILES_PER_CALL
    remedy = "" if calls >= CALLS_LEAST else "relevez la limite (ulimit -n, ou LimitNOFILE dans l'unité systemd)"
    return Finding(what="fichiers", said=f"{files} ouverts au plus, soit {calls} appels à la fois", remedy=remedy)


def _ports(loaded: Loaded) -> Iterator[Finding]:
    """Ports that Allo's own Asterisk needs; taken by a running centre is well."""
    telephony = loaded.settings.telephony
    running = (Places(run=home() / "run").asterisk / "run" / "asterisk.ctl").exists()
    wanted = [("sip", telephony.sip.bind, telephony.sip.port, socket.SOCK_DGRAM)]
    wanted.append(("ami", telephony.ami.host, telephony.ami.port, socket.SOCK_STREAM))
    for name, host, port, kind in wanted:
        free = _is_free(host, port, kind)
        said = f"{host}:{port} " + ("libre" if free else "pris")
        remedy = "" if free or running or telephony.mode == "attach" else f"changez telephony.{name} dans centre.yaml"
        yield Finding(what=f"port {name}", said=said, remedy=remedy)


def _is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _speech(loaded: Loaded) -> Iterator[Finding]:
    """With what callers are heard; without anything they answer by keys, which is well if nobody listens to them."""
    models = loaded.settings.speech.models
    listens = any(
        isinstance(step, Listen | Details)
        for script in loaded.centre.scripts.values()
        for step in script.steps.values()
    )
    if not models:
        remedy = "un script écoute (listen) : ajoutez le bloc speech à centre.yaml" if listens else ""
        yield Finding(what="parole", said="personne n'est entendu, tout se fait par les touches", remedy=remedy)
    for language, directory in models.items():
        try:
            model = read_model(directory)
        except BadModel as bad:
            yield Finding(what=f"parole {language}", said="modèle inutilisable", remedy=str(bad))
        else:
            yield Finding(what=f"parole {language}", said=f"{model.title}, {len(model.words)} mots")


def _outside(loaded: Loaded) -> Iterator[Finding]:
    """The administration's own engine, where there is one: whether it answers; nothing of any caller is sent."""
    engine = loaded.settings.outside_engine
    if engine is None:
        return
    what, seen = "second avis", "noms et numéros compris" if engine.personal else "sans noms ni numéros"
    if engine.secret_env is not None and not os.environ.get(engine.secret_env):
        remedy = f"définissez la variable d'environnement {engine.secret_env} (outside_engine.secret_env)"
        yield Finding(what=what, said=f"{engine.model}, sans sa clé", remedy=remedy)
        return
    outside = Outside(engine, loaded.settings.topics, os.environ[engine.secret_env] if engine.secret_env else "")
    trouble = asyncio.run(_tried(outside))
    remedy = f"les lectures restent les nôtres ; vérifiez {engine.url} et la clé" if trouble else ""
    yield Finding(what=what, said=f"{engine.model}, {seen} : {trouble or 'répond'}", remedy=remedy)


async def _tried(outside: Outside) -> str:
    """What is wrong with it; empty if it answers a sentence of ours."""
    await outside.start()
    try:
        return await outside.tried()
    finally:
        await outside.stop()


def _journal(loaded: Loaded) -> Iterator[Finding]:
    from runtime.memory import reading

    settings, places = loaded.settings.journal, Places(run=home() / "run")
    if not settings.url and not places.under(settings.path).exists():
        yield Finding(what="journal", said="pas encore commencé")
        return
    try:
        yield Finding(what="journal", said=f"{reading(settings, places).last_seq()} pas")
    except JournalFault as fault:
        yield Finding(what="journal", said="illisible", remedy=str(fault))


def run_doctor(config: Path, *, as_json: bool, about: str = "") -> int:
    """Everything, or the trunks alone (`about` "trunk"); 1 if anything is to be put right."""
    return tell(trunk_findings(config) if about == "trunk" else findings(config), as_json=as_json)
