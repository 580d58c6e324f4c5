"""The smaller tools: espeak-ng (voice of the demo and of tests) and SIPp (callers by the hundred in tests).

Each is the installed one if it works, else Debian's package unpacked in a private tree.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asterisk import identity
from commands import Failure, Runner
from debs import Mirror
from home import Home, Record
from trees import Tree

RECIPE = "1"  # raise it when a change here must make existing installations look again


@dataclass(frozen=True)
class Tool:
    """A program that Allo starts: where it comes from, and how to see that it works."""

    name: str  # of the program too
    variable: str  # tells the product its command line
    packages: tuple[str, ...]
    program: str  # in the packages
    trial: tuple[str, ...]  # arguments of a run that proves it works
    accepted: tuple[int, ...]  # exit codes of that run
    proof: str  # what that run prints; its group `version`, if any, is the version
    extra: Callable[[Path], list[str]]  # arguments that a private tree needs

    def key(self) -> str:
        """Changes when the tool was installed, removed or upgraded on the machine."""
        installed = shutil.which(self.name)
        return f"{self.name} {RECIPE} {identity(installed) if installed else ''}"

    def works(self, runner: Runner, command: list[str]) -> str:
        """Runs the trial and returns the version it told, or "".  Raises Failure if the tool does not work."""
        what = f"{self.name} ne fonctionne pas"
        remedy = f"installez {self.name} vous-même (Debian, Ubuntu : « apt install {self.packages[0]} »)."
        printed = runner.run([*command, *self.trial], what=what, remedy=remedy, accepted=self.accepted)
        found = re.search(self.proof, printed)
        if found is None:
            raise Failure(what, remedy, printed)
        return found.groupdict().get("version", "")

    def command(self, tree: Tree) -> list[str]:
        """How to run it from a private tree."""
        return [*tree.command(self.program), *self.extra(tree.root)]

    def find(self, runner: Runner, home: Home, mirror: Mirror) -> Record:
        """The record of the tool to use, private if need be.  Raises Failure if there is none."""
        installed = shutil.which(self.name)
        if installed:
            try:
                return self._record(self.works(runner, [installed]), [installed])
            except Failure as failure:
                runner.note(f"not this one: {failure.text()}")
        place = home.tools / self.name
        try:
            command = self.command(Tree(place))
            version = self.works(runner, command)
        except Failure as failure:
            runner.note(f"none here yet: {failure.text()}")
            self._build(runner, home, mirror, place)
            command = self.command(Tree(place))
            version = self.works(runner, command)
        return self._record(version, command)

    def _record(self, version: str, command: list[str]) -> Record:
        paths = [word for word in command if word.startswith("/") and ":" not in word]
        return Record(self.key(), version, {self.variable: shlex.join(command)}, paths)

    def _build(self, runner: Runner, home: Home, mirror: Mirror, place: Path) -> None:
        last: Failure | None = None
        for suite in mirror.suites():
            tree = Tree(home.scratch(self.name))
            try:
                tree.grow(mirror.depot(suite), self.packages, lambda root: [root / self.program])
                self.works(runner, self.command(tree))
            except Failure as failure:
                runner.note(f"{suite}: {failure.text()}")
                last = last or failure
                continue
            home.put(tree.root, place)
            return
        assert last is not None
        raise last


def voices(root: Path) -> list[str]:
    """espeak-ng looks for its data at the place compiled in, unless told the folder that holds it."""
    found = sorted(root.glob("usr/**/espeak-ng-data"))
    return [f"--path={found[0].parent}"] if found else []


ESPEAK = Tool(
    name="espeak-ng",
    variable="ALLO_ESPEAK",
    packages=("espeak-ng", "espeak-ng-data"),
    program="usr/bin/espeak-ng",
    trial=("-v", "fr", "-q", "-x", "bonjour"),  # phonemes: proves the French data, plays nothing
    accepted=(0,),
    proof=r"b\S+Z\S+",
    extra=voices,
)
SIPP = Tool(
    name="sipp",
    variable="ALLO_SIPP",
    packages=("sip-tester",),
    program="usr/bin/sipp",
    trial=("-v",),
    accepted=(0, 99),  # SIPp counts every run without calls as a failure
    proof=r"SIPp v(?P<version>[\d.]*\d)",
    extra=lambda root: [],
)
