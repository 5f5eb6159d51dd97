"""Filters that read as a sentence: what one word of it says, and what else it could say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One word that can be changed: what stands before it, what it says, its choices as addresses
    (each with ``label``, ``url`` and ``here``)."""

    name: str
    before: str
    said: str
    choices: Sequence[dict[str, Any]]
