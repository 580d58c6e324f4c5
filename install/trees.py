"""Private trees of Debian packages whose programs run with their own loader, far from the system's libraries.

A tree is grown on demand: the loader tells which libraries are missing, Debian's naming policy tells the package
of each, and only those are downloaded.  For Asterisk this is a third of what its dependencies declare.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from commands import Failure
from debs import NO_ROOM, Depot

# Every tree needs them: the loader, and what it opens by itself when a thread ends.
ALWAYS = ("libc6", "libgcc-s1")
ROUNDS_MAX = 12  # as deep as libraries that need libraries; six are usual
LOADER_S = 40  # for one file; it takes 3 ms
# The few libraries that the policy does not foretell: those that live in a sibling's package, and zlib.
SIBLINGS = ((r"libcrypto(?=\.so)", "libssl"), (r"libicu\w+(?=\.so)", "libicu"))
ZLIB = {"libz.so.1": "zlib1g"}


def package_stem(soname: str) -> str:
    """The package name that Debian's policy (8.1) gives to a library: libfoo.so.1 → libfoo1, libx2.so.0 → libx2-0."""
    name, _, version = soname.partition(".so")
    version = version.removeprefix(".")
    dash = "-" if version and name[-1:].isdigit() else ""
    return f"{name}{dash}{version}".lower().replace("_", "-")


def owner(soname: str, packages: Iterable[str]) -> str | None:
    """The one of `packages` that should hold `soname`, or None.

    An exact name wins, then one with a transition's suffix (libssl3t64, libpugixml1v5, libvorbis0a), then a longer
    version (libxslt1.1 for libxslt.so.1), then the name without any version (libxml2).
    """
    for sibling, name in SIBLINGS:
        soname = re.sub(sibling, name, soname)
    stem = re.escape(ZLIB.get(soname) or package_stem(soname))
    bare = re.escape(soname.partition(".so")[0].lower())
    known = list(packages)
    for pattern in (stem, stem + r"(t64|v5|[a-z])", stem + r"[.-].*", bare):
        for package in known:
            if re.fullmatch(pattern, package):
                return package
    return None


def parse_missing(listing: str, tree: Path) -> set[str]:
    """Sonames that the loader did not find, or found outside `tree`: there they may be of another libc."""
    missing = set()
    for line in listing.splitlines():
        name, arrow, target = line.strip().partition(" => ")
        if arrow and not target.startswith(f"{tree}/"):
            missing.add(os.path.basename(name))
    return missing | set(re.findall(r"libraries: (\S+?):", listing))


class Tree:
    """One private tree and its loader."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def loader(self) -> Path:
        """The tree's own dynamic loader.  Raises Failure if the tree has none."""
        for folder in ("usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib64", "usr/lib", "lib64", "lib"):
            for found in sorted(self.root.glob(f"{folder}/ld*.so.[0-9]")):
                # Some packages' lib64/ld… is a symbolic link with an absolute target: the system's own loader.
                if not found.is_symlink():
                    return found
        raise Failure(f"{self.root} n'a pas de chargeur de programmes", NO_ROOM)

    def library_path(self) -> str:
        """Every folder of the tree with libraries, as the loader wants it."""
        folders = (self.root / base for base in ("lib", "usr/lib"))
        triplets = [triplet for folder in folders for triplet in sorted(folder.glob("*-linux-*"))]
        deeper = [child for triplet in triplets for child in sorted(triplet.iterdir()) if any(child.glob("lib*.so*"))]
        return ":".join(map(str, [*triplets, *deeper]))

    def command(self, program: str) -> list[str]:
        """How to run a program of the tree (`usr/sbin/asterisk`) from anywhere."""
        # The system's cache of libraries is of another libc.
        return [str(self.loader()), "--inhibit-cache", "--library-path", self.library_path(), str(self.root / program)]

    def missing(self, file: Path) -> set[str]:
        """Libraries that this program or module wants and the tree has not got."""
        words = [str(self.loader()), "--inhibit-cache", "--library-path", self.library_path(), str(file)]
        # The variable rather than the loader's --list, which stops at the first library that is missing.
        env = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=LOADER_S, check=False)
        return parse_missing(done.stdout + done.stderr, self.root)

    def grow(self, depot: Depot, packages: Sequence[str], wanted: Callable[[Path], list[Path]]) -> set[str]:
        """Fetches `packages`, then the libraries that the `wanted` files (of the tree's root) ask for.

        Returns the sonames that no package of the plan could give; what needs them does not run.
        """
        plan = depot.plan(packages)
        fetched = [name for name in (*ALWAYS, *packages) if name in plan]
        depot.fetch(fetched, self.root)
        files = wanted(self.root)
        missing: set[str] = set()
        for _ in range(ROUNDS_MAX):
            lacking = {file: self.missing(file) for file in files}
            files = [file for file in files if lacking[file]]
            missing = set().union(*lacking.values())
            rest = [name for name in plan if name not in fetched]
            more = sorted({package for soname in missing if (package := owner(soname, rest))})
            if missing and not more:
                depot.runner.note(f"no package by name for {sorted(missing)}: the whole plan it is")
                more = rest  # dearer, but whole
            if not more:
                break
            depot.fetch(more, self.root)
            fetched += more
        return missing
