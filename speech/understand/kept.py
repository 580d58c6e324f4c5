"""What was learnt, kept in a file: learning takes seconds, reading it again none.

The file's name is the digest of all that it came from, the code of this package included: what is not the same is
learnt anew, and what cannot be read is as if it were not there.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Kept = npt.NDArray[Any]

log = logging.getLogger("allo.speech")

# Older ones are of examples that were changed since; a day of writing examples makes a dozen, of topics and of dangers.
KEPT: Final = 6


def digest(examples: Sequence[Sequence[str]], of: Sequence[str]) -> str:
    """Of the examples, their labels, this code and this numpy."""
    told = hashlib.sha256(np.__version__.encode())
    for file in sorted(Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".txt"):
            told.update(file.read_bytes())
    for found, label in zip(examples, of, strict=True):
        told.update(f"{label}\t{' '.join(found)}\n".encode())
    return told.hexdigest()[:24]


def recall(folder: Path, name: str, parts: Sequence[str]) -> list[Kept] | None:
    """The arrays kept as `name`, by the names of `parts`; None where there are none that can be read."""
    try:
        with np.load(folder / f"{name}.npz", allow_pickle=False) as file:
            return [file[part] for part in parts]
    except FileNotFoundError:
        return None
    except Exception as error:  # whatever a damaged archive raises: it is learnt anew
        log.warning("ce qui avait été appris est illisible (%s), réappris", type(error).__name__)
        return None


def keep(folder: Path, name: str, **parts: Kept) -> None:
    """Writes whole or not at all, and forgets the oldest; a folder that cannot be written is no fault."""
    unfinished = folder / f"{name}.{os.getpid()}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            np.savez(file, **parts)  # type: ignore[arg-type]  # its other arguments are none of ours
        unfinished.replace(folder / f"{name}.npz")
        for old in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        log.warning("ce qui a été appris n'est pas gardé (%s)", error.strerror)
