"""`./allo lock`: pins the Python packages anew, with hashes, from pyproject.toml.

Writes requirements.txt (the product), requirements-dev.txt (and tests, checks) and requirements-install.txt
(uv and what builds packages).  They name no registry: whatever index a machine's pip is set to serves them, since
hashes decide.
"""

from __future__ import annotations

import re
from pathlib import Path

import pip_settings
from commands import Runner
from home import Home
from progress import Progress
from python_env import DEVELOPMENT, RUNTIME, TOOLS, UNREACHABLE, pip_wheel

HEADER = "# Written by `./allo lock` from pyproject.toml ({what}); not to be edited.\n"
OPTIONS = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--upgrade")


def oldest_python(pyproject: str) -> str:
    """`3.11` out of `requires-python = ">=3.11"`: pins must hold from it on."""
    found = re.search(r'requires-python\s*=\s*">=([\d.]+)', pyproject)
    if found is None:
        raise ValueError("pyproject.toml: no requires-python that begins with >=")
    return found[1]


def pin(home: Home, progress: Progress) -> None:
    """Writes the three files, or none of them.  Raises Failure if the index cannot be reached."""
    with home.lock(progress):
        home.empty_tmp()
        _pin(Runner(home.log), home, progress)
        home.empty_tmp()


def _pin(runner: Runner, home: Home, progress: Progress) -> None:
    project = home.root / "pyproject.toml"
    python = oldest_python(project.read_text(encoding="utf-8"))
    env = index_only(runner, home)
    scratch = home.scratch("lock")
    tools = scratch / "tools.in"
    tools.write_text("uv\nsetuptools\n", encoding="utf-8")
    runtime = scratch / RUNTIME.name
    jobs: tuple[tuple[Path, str, tuple[str | Path, ...]], ...] = (
        (RUNTIME, "the product", (project,)),
        # The product's pins hold in the other file too: development packages are added to its environment.
        (DEVELOPMENT, "the product, its tests and checks", (project, "--group", "dev", "--constraints", runtime)),
        (TOOLS, "what installs and builds the others", (tools,)),
    )
    for target, _, sources in jobs:
        with progress.step(target.name):
            fresh = scratch / target.name
            uv = home.venv / "bin" / "uv"
            command = [uv, "pip", "compile", "--quiet", *OPTIONS, "--python-version", python, *sources, "-o", fresh]
            runner.run(command, what=f"{target.name} n'a pas pu être calculé", remedy=UNREACHABLE, env=env)
    for target, what, _ in jobs:
        target.write_text(
            HEADER.format(what=what) + (scratch / target.name).read_text(encoding="utf-8"), encoding="utf-8"
        )


def index_only(runner: Runner, home: Home) -> dict[str, str]:
    """The machine's settings for uv, without extra indexes and folders: they hold wheels for this machine only,
    and the files must serve every platform."""
    listing = runner.run(
        [home.python, "-m", "pip", "config", "list"],
        what="les réglages de pip sont illisibles",
        remedy=UNREACHABLE,
        env={"PYTHONPATH": str(pip_wheel(home) or "")},
    )
    settings = pip_settings.for_uv(pip_settings.parse(listing), {})
    local = ("UV_INDEX", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")
    return {name: value for name, value in settings.items() if name not in local}
