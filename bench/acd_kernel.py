"""The kernel's part of bench/acd.py."""

from __future__ import annotations

from typing import Any

from bench.acd_world import World


def through_the_kernel(platform: World, waiting: int) -> dict[str, Any]:
    return {}
