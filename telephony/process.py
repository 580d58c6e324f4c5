"""One Asterisk as an operating-system process: its ports, its start, its console, its end.

It runs in a session of its own, so that the end of Allo, even by kill -9, leaves it and its calls alone; the next Allo
finds it again by the pid file that Asterisk writes and by its command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

from core import limits
from core.errors import AlloError
from telephony.conf import NodeSettings

CONSOLE_ANSWER_S: Final = 10.0
LOG_LINES: Final = 12
# Strangers who try our SIP port fill Asterisk's log; two files of this size are kept.
LOG_BYTES: Final = 20_000_000
# What systemd tells the service it starts: Asterisk would say that *it* is ready, before calls are taken.
SYSTEMD: Final = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
_MISSING: Final = re.compile(r"\*\*\* Failed to load module (\S+) - Required")


class NodeFault(AlloError):
    """Asterisk cannot be started or reached; the message says in French what to do."""


def take(settings: NodeSettings) -> int:
    """Makes this process the one that drives the node until it ends or `os.close`s what it is given.

    Two would both answer every caller.  Raises NodeFault if another one drives it.
    """
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(settings.directory / "allo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise NodeFault(
            f"Un autre Allo conduit déjà l'Asterisk « {settings.name} » ({settings.directory}) : l'arrêter d'abord."
        ) from None
    return lock


def check_command(settings: NodeSettings) -> None:
    """Raises NodeFault naming what of the command is not there."""
    for part in {settings.command[0], settings.command[-1]}:
        if shutil.which(part) is None and not Path(part).is_file():
            raise NodeFault(f"Asterisk est introuvable : {part} n'existe pas. L'installer, ou corriger sa commande.")


def check_ports(settings: NodeSettings) -> None:
    """Raises NodeFault naming the port and the remedy if another program holds it, or the address is not ours."""
    _check(socket.SOCK_DGRAM, settings.address, settings.sip_port, "SIP", "sip_port")
    _check(socket.SOCK_STREAM, settings.ami_address, settings.ami_port, "AMI", "ami_port")


def _check(kind: socket.SocketKind, address: str, port: int, what: str, setting: str) -> None:
    word = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    with socket.socket(socket.AF_INET, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Asterisk: old connections do not count
        try:
            trial.bind((address, port))
        except OSError as error:
            raise NodeFault(_port_fault(error, f"port {word} {port} ({what}) de {address}", setting)) from error


def _port_fault(error: OSError, port: str, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Le {port} est déjà pris par un autre programme : arrêter ce programme ou changer « {setting} »."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Le {port} : cette adresse n'est pas celle de cette machine. Corriger l'adresse du nœud."
    if error.errno == errno.EACCES:
        return f"Le {port} est réservé à l'administrateur : choisir « {setting} » au-dessus de 1023."
    return f"Le {port} ne peut pas être ouvert ({error.strerror})."


def _is_taken(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((address, port))
        except OSError:
            return True
    return False


def clear(settings: NodeSettings) -> None:
    """Puts away what the Asterisk before left; its log stays readable as `messages.1`."""
    (settings.directory / "run" / "asterisk.pid").unlink(missing_ok=True)
    put_log_away(settings, 0)


def put_log_away(settings: NodeSettings, longer_than_bytes: int = LOG_BYTES) -> bool:
    """Renames the log to `messages.1` if it is long, in the place of the one before; whether it did."""
    try:
        if settings.log.stat().st_size <= longer_than_bytes:
            return False
        settings.log.replace(settings.log.with_name("messages.1"))
    except OSError:
        return False
    return True


def shortcomings(settings: NodeSettings) -> str:
    """Why an Asterisk that has just started is of no use: it goes on without modules it lacks or a port it missed."""
    with contextlib.suppress(OSError):
        missing = _MISSING.findall(settings.log.read_text(encoding="utf-8", errors="replace"))
        if missing:
            return f"  modules absents ou en échec : {', '.join(missing)}"
    return (
        "" if _is_taken(settings.address, settings.sip_port) else last_words(settings) or "  le port SIP n'écoute pas"
    )


def running_pid(settings: NodeSettings) -> int | None:
    """The pid of the Asterisk that runs with this node's configuration, None if there is none."""
    try:
        pid = int((settings.directory / "run" / "asterisk.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if alive(pid) and _is_ours(pid, settings.main_file) else None


def alive(pid: int) -> bool:
    """Whether a process with this pid runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()  # no /proc on this system: the signal was the answer


def _is_ours(pid: int, main_file: Path) -> bool:
    """Whether that process was started with our file: a pid may have been given to somebody else since."""
    command_line = Path(f"/proc/{pid}/cmdline")
    if not Path("/proc/self").exists():
        return True
    try:
        return os.fsencode(main_file) in command_line.read_bytes().split(b"\0")
    except OSError:
        return False


def spawn(settings: NodeSettings) -> subprocess.Popen[bytes]:
    """Starts Asterisk in the foreground of its own session; what it says goes to its log directory."""
    allow_open_files()
    console = os.open(settings.directory / "log" / "console", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(
            [*settings.command, "-f", "-C", str(settings.main_file)],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            cwd=settings.directory,
            env={name: value for name, value in os.environ.items() if name not in SYSTEMD},
            start_new_session=True,
            umask=0o077,
        )
    except OSError as error:
        raise NodeFault(f"Asterisk ne démarre pas : {settings.command[0]} : {error.strerror}.") from error
    finally:
        os.close(console)


def allow_open_files() -> int:
    """Lets this process and those that it starts have as many files open as the system allows, and gives that number.

    Ordinary users begin with 1,024, which is about a hundred calls: then Asterisk refuses the next.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, limits.OPEN_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return limits.OPEN_FILES if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


async def console(settings: NodeSettings, command: str) -> bool:
    """Gives one command to the running Asterisk's console; whether it was taken."""
    try:
        process = await asyncio.create_subprocess_exec(
            *settings.command,
            "-C",
            str(settings.main_file),
            "-rx",
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(CONSOLE_ANSWER_S):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def booted(settings: NodeSettings) -> bool:
    """Waits until every module is loaded: AMI greets before that, and an Asterisk that lacks one dies after it.

    Told to stop earlier, Asterisk does not listen.
    """
    return await console(settings, "core waitfullybooted")


async def gone(pid: int, child: subprocess.Popen[bytes] | None, within_s: float) -> bool:
    """Waits until the process has gone, at most `within_s`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while loop.time() < until:
        if child is not None:
            child.poll()  # takes the dead child's entry away
        if not alive(pid):
            return True
        await asyncio.sleep(0.02)
    return not alive(pid)


async def end(settings: NodeSettings, pid: int, child: subprocess.Popen[bytes] | None) -> None:
    """Ends Asterisk and its calls: asks on the console, then SIGTERM, then SIGKILL, by its pid alone."""
    if await booted(settings) and await console(settings, "core stop now") and await gone(pid, child, 20):
        return
    for number, within_s in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if await gone(pid, child, within_s):
            return
    raise NodeFault(f"Asterisk (processus {pid}) ne s'arrête pas.")


def last_words(settings: NodeSettings) -> str:
    """The last lines that Asterisk wrote, to be shown when it does not start."""
    lines: list[str] = []
    for file in (settings.directory / "log" / "console", settings.log):
        with contextlib.suppress(OSError):
            lines += file.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    return "\n".join(f"  {line.strip()}" for line in lines[-LOG_LINES:] if line.strip())
