"""The installer's scripts import one another from their own folder; so do their tests (last, they hide nothing)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "install"))
