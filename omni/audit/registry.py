"""The invariants. Each folder registers its own in ``<folder>/audit.py``.

An invariant is a statement that returns offending rows only: no row, no fault. It is read in one
snapshot together with all others, so it may join tables freely, also while traffic runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Invariant:
    """``code`` is short and lasting (S1). ``explain`` says what an offending row means and what to
    do about it. ``sql`` is a statement, or makes one where it depends on what is registered."""

    code: str
    title: str | Promise
    sql: str | Callable[[], str]
    explain: str | Promise = ""

    def statement(self) -> str:
        return self.sql() if callable(self.sql) else self.sql


_registry: dict[str, Invariant] = {}


def invariant(
    *,
    code: str,
    title: str | Promise,
    sql: str | Callable[[], str],
    explain: str | Promise = "",
) -> Invariant:
    """Register an invariant. In ``sql`` a literal per cent sign is written once."""
    if code in _registry:
        raise ValueError(f"the invariant {code} exists already")
    _registry[code] = Invariant(code, title, sql, explain)
    return _registry[code]


def invariants(only: Iterable[str] | None = None) -> list[Invariant]:
    """All registered ones, in order of their code. Raises LookupError for an unknown code."""
    if only is None:
        return [_registry[code] for code in sorted(_registry, key=_order)]
    wanted = list(only)
    unknown = [code for code in wanted if code not in _registry]
    if unknown:
        raise LookupError(f"there is no invariant {', '.join(unknown)}")
    return [_registry[code] for code in wanted]


def _order(code: str) -> tuple[str, int]:
    letters = code.rstrip("0123456789")
    return letters, int(code[len(letters) :] or 0)
