"""Running other programs: what each printed goes to the log; what failed says so in French, with a remedy."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

TIMEOUT_S = 900  # a whole index or wheel over a slow line (1 Mbit/s) still fits; a hung mirror does not hang us
TAIL_LINES = 12


class Failure(Exception):
    """An installation step failed.  The message is for the user: what failed, the last lines, the remedy."""

    def __init__(self, what: str, remedy: str, output: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.output = output

    def text(self, log: Path | None = None) -> str:
        """The whole message, in French, ready to print."""
        lines = [f"✗ allo : {self.what}"]
        said = [line.rstrip() for line in self.output.splitlines() if line.strip()]
        lines += [f"    {line}" for line in said[-TAIL_LINES:]]
        lines.append(f"  Remède : {self.remedy}")
        if log is not None and log.exists():
            lines.append(f"  Journal complet : {log}")
        return "\n".join(lines)


class Runner:
    """Runs programs on behalf of the installer and keeps the log of this installation."""

    def __init__(self, log: Path) -> None:
        self.log = log
        log.write_text("", encoding="utf-8")  # one installation, one log: the last one is the one to read

    def note(self, text: str) -> None:
        """Adds a dated line to the log."""
        with self.log.open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    def run(
        self,
        command: Sequence[str | Path],
        *,
        what: str,
        remedy: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        accepted: Collection[int] = (0,),
    ) -> str:
        """Runs `command` to its end (at most TIMEOUT_S seconds) and returns what it printed on its standard output.

        `env` is added to our own environment.  Any exit code out of `accepted` raises `Failure(what, remedy)`
        with the last lines that the command printed.
        """
        argv = [str(word) for word in command]
        started = time.monotonic()
        # C.UTF-8: the tools' own words stay in English, the ones we parse and the ones found when searched for.
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
        try:
            done = subprocess.run(
                argv,
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except OSError as error:
            self.note(f"$ {' '.join(argv)}\n{error}")
            raise Failure(what, remedy, str(error)) from error
        except subprocess.TimeoutExpired as error:
            self.note(f"$ {' '.join(argv)}\nstopped after {TIMEOUT_S} s")
            raise Failure(what, remedy, f"{argv[0]} : sans réponse après {TIMEOUT_S} s, arrêté") from error
        out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        self.note(f"[{time.monotonic() - started:.1f} s, code {done.returncode}] $ {' '.join(argv)}\n{out}{err}")
        if done.returncode not in accepted:
            raise Failure(what, remedy, f"{out}\n{err}")
        return out
