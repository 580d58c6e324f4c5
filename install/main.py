"""What `./allo` runs first: sees to what the command needs, then becomes the product (`python -m runtime …`).

Standard library only, any Python from 3.11.  The second start reads a few small files and installs nothing.

    ./allo COMMAND …       NEEDS below says what each command needs
    ./allo lock            pins the Python packages anew (lock.py)
    ALLO_HOME              another private directory than .allo/
    ASTERISK_BIN           the Asterisk to use
    ALLO_DRY_RUN=1         prints, as JSON, the command and the variables instead of running it
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asterisk
import chromium
import lock
import python_env
from commands import Failure, Runner
from debs import Mirror
from home import Home, Record
from progress import Progress
from tools import ESPEAK, SIPP, Tool

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Need:
    """Something to have ready: its label for the user, the key of its record, and how to get it."""

    name: str
    label: str
    key: Callable[[Home], str]
    install: Callable[[Runner, Home, Mirror], Record]


def _tool(tool: Tool, label: str) -> Need:
    return Need(tool.name, label, lambda home: tool.key(), tool.find)


def _asterisk(runner: Runner, home: Home, mirror: Mirror) -> Record:
    return asterisk.find(runner, home, mirror).record(asterisk.key())


PYTHON = Need("python", "paquets Python", python_env.runtime_key, python_env.install_runtime)
DEVELOPMENT = Need("python-dev", "paquets Python de test", python_env.development_key, python_env.install_development)
ASTERISK = Need("asterisk", "Asterisk", lambda home: asterisk.key(), _asterisk)
VOICE = _tool(ESPEAK, "espeak-ng")
CALLERS = _tool(SIPP, "sipp")
BROWSER = Need("chromium", "chromium", lambda home: chromium.key(), chromium.find)

EVERY_NEED = (PYTHON, DEVELOPMENT, ASTERISK, VOICE, CALLERS, BROWSER)
# Commands in the order a user meets them; one that is not here needs Python's packages only.
NEEDS: dict[str, tuple[Need, ...]] = {
    "demo": (PYTHON, ASTERISK, VOICE),
    "up": (PYTHON, ASTERISK, VOICE),
    "call": (PYTHON, ASTERISK, VOICE),
    "test": (PYTHON, DEVELOPMENT, ASTERISK, VOICE, CALLERS, BROWSER),
    "bench": (PYTHON, DEVELOPMENT, ASTERISK, CALLERS),
}


# A machine that writes no bytecode (containers often say so) would compile 2 s of it at every start of every process:
# ours goes to our own directory, so that the source stays as it was.
UNWANTED = ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE")


def needs_of(arguments: Sequence[str]) -> tuple[Need, ...]:
    """What these arguments need.  Asking for help never fetches a tool."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    needs = NEEDS.get(command, (PYTHON,))
    if command == "demo" and "--scaled" in arguments:
        needs = (*needs, DEVELOPMENT)  # PostgreSQL and Valkey come with the packages for tests
    if {"-h", "--help"} & set(arguments):
        return tuple(need for need in needs if need in (PYTHON, DEVELOPMENT))
    return needs


def ready(home: Home, need: Need) -> Record | None:
    """The record of a need that is met, else None."""
    return home.recall(need.name, need.key(home))


def install(home: Home, needs: Sequence[Need], progress: Progress) -> None:
    """Meets every need, one step after the other.  Each step that ends is kept, whatever follows."""
    home.prepare()
    with home.lock(progress):
        # Whoever held the lock before us may have done it all.
        missing = [need for need in needs if not ready(home, need)]
        if not missing:
            return
        home.empty_tmp()
        runner = Runner(home.log)
        mirror = Mirror(runner, home.tmp)
        progress.say(
            f"Allo prépare ce qu'il lui faut dans {home.directory} (une seule fois, sans droits d'administrateur) :"
        )
        for need in missing:
            with progress.step(need.label) as step:
                record = need.install(runner, home, mirror)
                home.remember(need.name, record)
                step.result = f"{need.label} {record.version}".rstrip()
        home.empty_tmp()


def environment(home: Home) -> dict[str, str]:
    """What the product is told: its private directory, its source, and where each ready tool is."""
    said = {
        "ALLO_HOME": str(home.directory),
        "PYTHONPATH": str(home.root),
        "PYTHONPYCACHEPREFIX": str(home.directory / "cache" / "bytecode"),
    }
    for need in EVERY_NEED:
        if record := ready(home, need):
            said |= record.environment
    return said


def become(home: Home, arguments: Sequence[str]) -> None:
    """Replaces this process by the product's; with ALLO_DRY_RUN=1 only says how."""
    # -P: the folder the user stands in may well hold a `core` of its own.
    command = [str(home.python), "-P", "-m", "runtime", *arguments]
    if os.environ.get("ALLO_DRY_RUN") == "1":
        print(json.dumps({"environment": environment(home), "command": command}, indent=1, ensure_ascii=False))
        return
    os.environ.update(environment(home))
    for name in UNWANTED:
        os.environ.pop(name, None)
    sys.stdout.flush()
    os.execv(command[0], command)


def main(arguments: Sequence[str]) -> int:
    """The whole entry.  Returns an exit code only if the product could not be started."""
    progress = Progress()
    log: Path | None = None
    try:
        home = Home(ROOT, Path(os.environ.get("ALLO_HOME") or ROOT / ".allo").expanduser().absolute())
        log = home.log
        needs = needs_of(arguments)
        if not all(ready(home, need) for need in needs):
            install(home, needs, progress)
        if arguments[:1] == ["lock"]:
            lock.pin(home, progress)
        else:
            become(home, arguments)
    except Failure as failure:
        progress.say(failure.text(log))
        return 1
    except (OSError, subprocess.SubprocessError) as error:
        remedy = "vérifiez la place sur le disque et vos droits dans le dossier privé, puis relancez la même commande."
        progress.say(Failure("le système a refusé une opération de l'installation", remedy, str(error)).text(log))
        return 1
    except KeyboardInterrupt:
        progress.say("Interrompu. Relancez la même commande : ce qui est déjà installé est gardé.")
        return 130
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 shows « ? » instead of a mark; it must not stop the installation.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
