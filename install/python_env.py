"""The virtual environment and its pinned, hashed packages.

Works where Python's own `ensurepip` is missing (Debian and Ubuntu without python3-venv): pip then runs from its
wheel, found on the machine or fetched from its package mirror, just long enough to install uv.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pip_settings
from commands import Failure, Runner
from debs import Mirror
from home import Home, Record

RECIPE = "python 1"  # raise it when a change here must make every environment anew
HERE = Path(__file__).resolve().parent
RUNTIME = HERE / "requirements.txt"
DEVELOPMENT = HERE / "requirements-dev.txt"
# uv, and setuptools for a package without a wheel (srt): a build must not fetch what no hash vouches for.
TOOLS = HERE / "requirements-install.txt"
VENVS_KEPT = 2  # the current one, and the former, which a running Allo may still use
UNREACHABLE = (
    "vérifiez la connexion et les réglages de pip (« pip config list » ; variables PIP_INDEX_URL, HTTPS_PROXY), "
    "puis relancez : l'installation reprend où elle en était."
)
TAMPERED = (
    "un paquet reçu n'est pas celui qui était attendu : ne l'installez pas autrement, et prévenez qui tient votre "
    "miroir de paquets. Si vous venez de changer pyproject.toml : « ./allo lock »."
)


def fingerprint(*files: Path) -> str:
    """A short hash of the recipe and of these files' contents."""
    digest = hashlib.sha256(RECIPE.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def runtime_key(home: Home) -> str:
    """Changes with the pinned packages, and when the Python behind the environment is no longer the same one.

    Another Python that happens to come first in PATH does not count: a ready environment goes on with its own.
    """
    return f"{fingerprint(RUNTIME, TOOLS)} {os.path.realpath(home.python)}"


def development_key(home: Home) -> str:
    """Changes with the environment and with the development packages."""
    return f"{runtime_key(home)} {os.path.realpath(home.venv)} {fingerprint(DEVELOPMENT)}"


def pip_wheel(home: Home) -> Path | None:
    """pip's wheel as Python or the distribution ships it, or as an earlier run fetched it, or None."""
    places = [Path("/usr/share/python-wheels"), home.tools / "pip"]
    if folder := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        places.insert(0, Path(str(folder)))
    spec = find_spec("ensurepip")
    if spec and spec.origin:
        places.insert(0, Path(spec.origin).parent / "_bundled")
    return next((wheel for place in places for wheel in sorted(place.glob("pip-*.whl"))), None)


def fetched_pip(home: Home, mirror: Mirror) -> Path:
    """pip's wheel out of the machine's package mirror.  Raises Failure where it cannot be had."""
    try:
        tree = home.scratch("pip")
        mirror.depot(mirror.own_suite()).fetch(["python3-pip-whl"], tree)
    except Failure as failure:
        remedy = "installez le module venv de Python (Debian, Ubuntu : « apt install python3-venv »), puis relancez."
        what = f"ce Python ({sys.executable}) n'a pas pip, et il n'a pas pu être téléchargé : {failure.what}"
        raise Failure(what, remedy, failure.output) from failure
    home.put(tree / "usr/share/python-wheels", home.tools / "pip")
    return next((home.tools / "pip").glob("pip-*.whl"))


class Environment:
    """One virtual environment under construction, or to be completed."""

    def __init__(self, runner: Runner, home: Home, mirror: Mirror, place: Path) -> None:
        self.runner = runner
        self.home = home
        self.mirror = mirror
        self.place = place
        self.python = place / "bin" / "python"
        self.uv = place / "bin" / "uv"
        self._pip: Path | None = None

    def create(self) -> None:
        """An empty environment, without pip."""
        what = f"l'environnement Python {self.place} n'a pas pu être créé"
        remedy = "vérifiez que ce Python est complet (Debian, Ubuntu : « apt install python3-venv »), puis relancez."
        # -I: whatever PYTHONPATH says, the environment is made by this Python's own venv module.
        command = [sys.executable, "-I", "-m", "venv", "--without-pip", "--clear", str(self.place)]
        self.runner.run(command, what=what, remedy=remedy)

    def pip(self, *words: str | Path, what: str) -> str:
        """Runs pip, from its wheel, on this environment; the machine's own settings of pip apply."""
        if self._pip is None:
            self._pip = pip_wheel(self.home) or fetched_pip(self.home, self.mirror)
        env = {"PYTHONPATH": str(self._pip), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
        try:
            return self.runner.run([self.python, "-m", "pip", *words], what=what, remedy=UNREACHABLE, env=env)
        except Failure as failure:
            if "DO NOT MATCH THE HASHES" in failure.output:
                failure.remedy = TAMPERED
            raise

    def add(self, requirements: Path) -> None:
        """Installs a hashed file: by uv, five times faster, else by pip.  Raises Failure if neither can."""
        if not self.uv.exists():
            what = "uv et setuptools n'ont pas pu être installés"
            self.pip("install", "--only-binary=:all:", "--require-hashes", "-r", TOOLS, what=what)
        try:
            self._add_by_uv(requirements)
        except Failure as failure:
            self.runner.note(f"uv could not, pip will: {failure.text()}")
            what = f"les paquets Python de {requirements.name} n'ont pas pu être installés"
            self.pip("install", "--no-build-isolation", "--require-hashes", "-r", requirements, what=what)

    def _add_by_uv(self, requirements: Path) -> None:
        listing = self.pip("config", "list", what="les réglages de pip sont illisibles")
        options = pip_settings.parse(listing)
        env = pip_settings.for_uv(options, os.environ)
        if not writable_cache():
            env["UV_CACHE_DIR"] = str(self.home.directory / "cache" / "uv")
        command: list[str | Path] = [self.uv, "pip", "install", "--no-progress", *pip_settings.flags_for_uv(options)]
        command += ["--python", self.python, "--no-build-isolation", "--require-hashes", "-r", requirements]
        self.runner.run(command, what="uv n'a pas pu installer les paquets", remedy=UNREACHABLE, env=env)


def writable_cache() -> bool:
    """Whether uv can keep its files in the account's own cache (a service's account may have no home)."""
    place = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    while place and not os.path.exists(place):
        place = os.path.dirname(place)
    return os.access(place, os.W_OK)


def install_runtime(runner: Runner, home: Home, mirror: Mirror) -> Record:
    """Builds a new environment beside the current one, then turns the link `venv` to it.

    Scripts in an environment hold its path, so it is built in its final place, under a name that nobody used.
    """
    place = Path(tempfile.mkdtemp(prefix=f"{fingerprint(RUNTIME, TOOLS)}-", dir=home.venvs))
    place.chmod(0o755)
    environment = Environment(runner, home, mirror, place)
    environment.create()
    environment.add(RUNTIME)
    link = home.scratch("venv") / "venv"
    link.symlink_to(place.relative_to(home.directory))
    link.replace(home.venv)
    forget_old(home)
    return Record(runtime_key(home), sys.version.split()[0], {}, [str(home.python)])


def install_development(runner: Runner, home: Home, mirror: Mirror) -> Record:
    """Adds what tests and checks need to the current environment; the same pins, so nothing else moves."""
    place = Path(os.path.realpath(home.venv))
    Environment(runner, home, mirror, place).add(DEVELOPMENT)
    return Record(development_key(home), "", {}, [str(place / "bin" / "pytest")])


def forget_old(home: Home) -> None:
    """Removes environments but the latest, which include those of interrupted installations."""
    current = os.path.realpath(home.venv)
    others = [place for place in home.venvs.iterdir() if str(place) != current]
    others.sort(key=os.path.getmtime, reverse=True)
    for place in others[VENVS_KEPT - 1 :]:
        shutil.rmtree(place, ignore_errors=True)
