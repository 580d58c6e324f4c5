"""Chromium, in which the tests open the pages: the installed one if it works, else Debian's in a private tree.

Chromium starts itself again for each of its parts and looks for its data beside its own file: it cannot be run through
another loader, as the other tools are.  The private one is therefore of the machine's own suite, whose libc is the
machine's, and is told where its libraries and fonts are.

Tests of pages without a browser say why they were left out; everything else goes on.  Ubuntu has Chromium only as a
snap, which needs root.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from asterisk import identity
from commands import Failure, Runner
from debs import Mirror, distribution
from home import Home, Record
from trees import Tree

RECIPE = "chromium 1"  # raise it when a change here must make existing installations look again
NAMES = ("chromium", "google-chrome", "chromium-browser")
PACKAGES = ("chromium", "chromium-common", "fonts-dejavu-core", "libnss3", "xkb-data")
PROGRAM = "usr/lib/chromium/chromium"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
TRIAL = "data:text/html,<p id=seen>oui</p>"
# Parts of the C library: those of the running machine and its loader belong together.
LIBC = ("ld-*.so*", "libc.so*", "libm.so*", "libdl.so*", "libpthread.so*", "librt.so*", "libresolv.so*", "libnss_*.so*",
        "libutil.so*", "libanl.so*", "libmvec.so*", "libBrokenLocale.so*", "libthread_db.so*")  # fmt: skip
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{root}/usr/share/fonts</dir><cachedir>{root}/var/fonts</cachedir></fontconfig>
"""


def key() -> str:
    """Changes when a Chromium was installed, removed or upgraded on the machine."""
    return " ".join([RECIPE, *(identity(path) for path in installed())])


def installed() -> list[str]:
    return [path for path in map(shutil.which, NAMES) if path]


def works(runner: Runner, command: list[str]) -> str:
    """Lets it draw a page, and gives its version.  Raises Failure if it does not."""
    what, remedy = "chromium ne fonctionne pas", "installez-le vous-même (Debian : « apt install chromium »)."
    with tempfile.TemporaryDirectory(prefix="allo-chromium-", ignore_cleanup_errors=True) as profile:
        words = [*command, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", TRIAL]
        printed = runner.run(words, what=what, remedy=remedy)
    if "oui</p>" not in printed:
        raise Failure(what, remedy, printed)
    return runner.run([*command, "--version"], what=what, remedy=remedy).strip().split(" built")[0].split(" ")[-1]


def command(root: Path) -> list[str]:
    """How to run the private one."""
    told = {
        "LD_LIBRARY_PATH": Tree(root).library_path(),
        "FONTCONFIG_FILE": f"{root}/fonts.conf",
        "XKB_CONFIG_ROOT": f"{root}/usr/share/X11/xkb",
    }
    return ["env", *(f"{name}={value}" for name, value in told.items()), str(root / PROGRAM)]


def libc_files(root: Path) -> Iterable[Path]:
    """The tree's own parts of the C library, wherever they lie."""
    for folder in ("lib/*-linux-*", "usr/lib/*-linux-*", "lib64", "usr/lib64"):
        for pattern in LIBC:
            yield from root.glob(f"{folder}/{pattern}")


def build(runner: Runner, home: Home, mirror: Mirror, place: Path) -> None:
    """Unpacks Debian's Chromium and what it needs into `place`.  Raises Failure where there is none."""
    if distribution().name != "debian":
        raise Failure(
            "Chromium n'existe ici que comme « snap », qui demande les droits d'administrateur",
            "installez un Chromium ou un Chrome pour que les tests des pages aient lieu.",
        )
    tree = Tree(home.scratch("chromium"))
    missing = tree.grow(mirror.depot(mirror.own_suite()), PACKAGES, lambda root: [root / PROGRAM])
    runner.note(f"libraries found nowhere: {sorted(missing)}")
    for file in list(libc_files(tree.root)):
        file.unlink(missing_ok=True)
    (tree.root / "fonts.conf").write_text(FONTS.format(root=place), encoding="utf-8")
    home.put(tree.root, place)


def find(runner: Runner, home: Home, mirror: Mirror) -> Record:
    """The record of the Chromium to use; one that says why there is none."""
    for path in installed():
        try:
            return Record(key(), works(runner, [path]), {"ALLO_CHROMIUM": path}, [path])
        except Failure as failure:
            runner.note(f"not this one: {failure.text()}")
    place = home.tools / "chromium"
    try:
        if not (place / PROGRAM).exists():
            build(runner, home, mirror, place)
        version = works(runner, command(place))
    except Failure as failure:
        runner.note(failure.text())
        why = f"{failure.what} ; {failure.remedy}"
        return Record(key(), "absent, les tests des pages n'auront pas lieu", {"ALLO_CHROMIUM_WHY": why}, [])
    return Record(key(), version, {"ALLO_CHROMIUM": shlex.join(command(place))}, [str(place / PROGRAM)])
