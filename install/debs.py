"""Debian packages without root: a private apt that reads the machine's own mirror and writes in one directory.

Nothing of the system changes.  Signatures are checked against the distribution's own keyring, as the system's
apt does; proxies, credentials and clock tolerance are the machine's own apt settings, which stay in force.
"""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from commands import Failure, Runner

KEYRINGS = Path("/usr/share/keyrings")
# Archive areas that hold what we fetch.
COMPONENTS = {"debian": "main", "ubuntu": "main universe"}
# Debian suites tried after, or before, the machine's own: Asterisk is in none of Debian 12's and 13's.
DEBIAN_SUITES = ("forky", "sid")
NO_ROOM = (
    "vérifiez la connexion au dépôt de paquets de la machine (« apt-get update » doit réussir) et la place sur le "
    "disque, puis relancez."
)
# What no program needs to run, by far the larger part of some packages.
JUNK = (
    "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian", "usr/share/i18n",
    "usr/share/bug", "usr/share/gdb", "usr/share/gcc", "usr/share/bash-completion", "usr/share/zsh",
    "usr/share/glib-2.0", "usr/lib/systemd", "lib/systemd", "usr/lib/*/gconv", "var/cache",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One archive and one of its suites, as the machine's apt is configured."""

    base: str
    suite: str


@dataclass(frozen=True)
class Distribution:
    """What /etc/os-release says: `debian`, `bookworm`."""

    name: str
    codename: str


def parse_os_release(text: str) -> dict[str, str]:
    """The fields of an os-release file, without their quotes."""
    rows = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {key: value.strip("\"'") for key, value in rows}


def parse_sources(print_uris: str) -> list[Source]:
    """Archives and suites out of `apt-get update --print-uris`; other lines say nothing new."""
    found = re.findall(r"^'(\S+?)/?/dists/(\S+?)/InRelease'", print_uris, re.MULTILINE)
    return [Source(base, suite) for base, suite in found]


def parse_plan(print_uris: str) -> list[str]:
    """Package names, in apt's order, out of `apt-get install --print-uris`."""
    files = re.findall(r"^'\S+' (\S+) \d+", print_uris, re.MULTILINE)
    return [unquote(file).split("_")[0] for file in files]


def sources_of(suite: str, machine: Sequence[Source], own: str) -> list[Source]:
    """Where to read `suite`: what the machine says of it (with updates and security), else its main archive."""
    same = [source for source in machine if source.suite in (suite, f"{suite}-updates", f"{suite}-security")]
    if any(source.suite == suite for source in same):
        return same
    main = [source for source in machine if source.suite == own]
    return [Source(source.base, suite) for source in main[:1]]


def sources_list(sources: Iterable[Source], architecture: str, keyring: Path, components: str) -> str:
    """The text of a sources.list whose every line names the keyring that must have signed it."""
    return "".join(
        f"deb [arch={architecture} signed-by={keyring}] {source.base} {source.suite} {components}\n"
        for source in sources
    )


def private_configuration(work: Path) -> str:
    """An apt.conf, read after the machine's own, that keeps apt inside `work`."""
    return f"""
// The machine's hooks are for the machine's packages.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear APT::Architectures;
Dir::Etc::sourcelist "{work}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{work}/state";
Dir::State::status "{work}/status";
Dir::Cache "{work}/cache";
Dir::Log "{work}";
// Four calls read the same index: a plain file and a cache make each of them twice as fast.
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Acquire::GzipIndexes "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "";
APT::Install-Recommends "false";
Debug::NoLocking "1";
"""


class Depot:
    """A private apt on one suite.  `plan` says what a package needs, `fetch` unpacks some of it in a tree."""

    def __init__(self, runner: Runner, work: Path, suite: str) -> None:
        self.runner = runner
        self.work = work
        self.suite = suite

    def open(self, machine: Sequence[Source], distribution: Distribution, architecture: str) -> None:
        """Downloads the suite's signed index.  Raises Failure if it cannot be had or its signature is not right."""
        for place in ("state/lists/partial", "cache/archives/partial", "debs"):
            (self.work / place).mkdir(parents=True)
        (self.work / "status").touch()
        sources = sources_of(self.suite, machine, distribution.codename)
        if not sources:
            raise Failure(
                f"aucun dépôt de paquets {distribution.name} « {distribution.codename} » n'est configuré ici",
                "rétablissez les lignes de votre distribution dans /etc/apt/sources.list*, puis relancez.",
            )
        text = sources_list(sources, architecture, keyring(distribution.name), COMPONENTS[distribution.name])
        (self.work / "sources.list").write_text(text, encoding="utf-8")
        (self.work / "apt.conf").write_text(private_configuration(self.work), encoding="utf-8")
        # Without `Error-Mode=any` apt takes an unreachable mirror for a warning and goes on with nothing.
        what = f"la liste des paquets « {self.suite} » n'a pas pu être lue"
        self._apt("-oAPT::Update::Error-Mode=any", "update", what=what)

    def plan(self, packages: Sequence[str]) -> list[str]:
        """Names of `packages` and of all that they depend on.  Raises Failure if the suite has not got them."""
        what = f"{', '.join(packages)} : introuvable dans « {self.suite} »"
        return parse_plan(self._apt("-y", "--print-uris", "install", *packages, what=what))

    def fetch(self, packages: Sequence[str], tree: Path) -> None:
        """Downloads these packages (apt checks them against the signed index) and unpacks them into `tree`."""
        debs = self.work / "debs"
        self._apt("download", *packages, what=f"le téléchargement a échoué ({', '.join(packages[:3])}…)")
        for deb in sorted(debs.glob("*.deb")):
            self.runner.run(["dpkg-deb", "-x", deb, tree], what=f"{deb.name} ne s'ouvre pas", remedy=NO_ROOM)
            deb.unlink()
        for pattern in JUNK:
            for junk in list(tree.glob(pattern)):
                shutil.rmtree(junk, ignore_errors=True)

    def _apt(self, *words: str, what: str) -> str:
        command = ["apt-get", f"-c={self.work}/apt.conf", "-qq", *words]
        return self.runner.run(command, what=what, remedy=NO_ROOM, cwd=self.work / "debs")


class Mirror:
    """The machine's own package mirror; opens each suite at most once."""

    def __init__(self, runner: Runner, work: Path) -> None:
        self.runner = runner
        self.work = work
        self._depots: dict[str, Depot] = {}

    def suites(self) -> list[str]:
        """Suites worth asking, best first.  Raises Failure where packages cannot be fetched at all."""
        own = distribution().codename
        return [*DEBIAN_SUITES, own] if distribution().name == "debian" else [own]

    def own_suite(self) -> str:
        """The machine's own suite, whose packages fit its programs."""
        return distribution().codename

    def depot(self, suite: str) -> Depot:
        """The private apt on `suite`, its index read.  Raises Failure if it cannot be."""
        if suite not in self._depots:
            system = distribution()
            print_uris = self._ask("apt-get", "update", "--print-uris", "-oDebug::NoLocking=1")
            architecture = self._ask("dpkg", "--print-architecture").strip()
            depot = Depot(self.runner, self.work / f"apt-{suite}", suite)
            shutil.rmtree(depot.work, ignore_errors=True)
            depot.open(parse_sources(print_uris), system, architecture)
            self._depots[suite] = depot
        return self._depots[suite]

    def _ask(self, *command: str) -> str:
        return self.runner.run(command, what=f"« {command[0]} » ne répond pas", remedy=NO_ROOM)


def distribution() -> Distribution:
    """This machine's distribution.  Raises Failure unless it is a Debian or Ubuntu with apt."""
    tools = [tool for tool in ("apt-get", "dpkg", "dpkg-deb") if shutil.which(tool) is None]
    try:
        fields = parse_os_release(Path("/etc/os-release").read_text(encoding="utf-8"))
    except OSError:
        fields = {}
    name = fields.get("ID", "")
    if tools or name not in COMPONENTS:
        system = fields.get("PRETTY_NAME") or platform.system()
        reason = f"il y manque {', '.join(tools)}" if name in COMPONENTS else "ce n'est ni une Debian ni une Ubuntu"
        raise Failure(
            f"Allo ne sait pas chercher ses outils tout seul sur cette machine ({system}) : {reason}",
            "installez vous-même ce qui manque (asterisk 20 ou plus récent, espeak-ng, sipp ; pour Python, ensurepip), "
            "ou lancez Allo dans un conteneur Debian.",
        )
    return Distribution(name, fields.get("VERSION_CODENAME", "sid"))


def keyring(name: str) -> Path:
    """The distribution's own keyring.  Raises Failure if it is not there: nothing unsigned is ever taken."""
    found = sorted(KEYRINGS.glob(f"{name}-archive-keyring.[gp][pg][gp]"))
    if not found:
        raise Failure(
            f"le trousseau « {name}-archive-keyring » manque : la signature des paquets ne peut pas être vérifiée",
            f"installez le paquet {name}-archive-keyring (il fait partie de toute installation normale).",
        )
    return found[0]
