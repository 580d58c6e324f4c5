"""Who is at fault."""

from __future__ import annotations

import inspect

from core import errors
from core.errors import AlloError, ConfigurationFault


def test_every_error_of_ours_is_one_of_allos_and_says_when() -> None:
    ours = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert all(issubclass(kind, AlloError) and inspect.getdoc(kind) for kind in ours)
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in ours)


def test_a_configuration_says_all_its_faults_at_once_one_a_line() -> None:
    fault = ConfigurationFault(["a.yaml:1: one", "b.yaml:2: two"])
    assert str(fault).splitlines() == fault.faults == ["a.yaml:1: one", "b.yaml:2: two"]
