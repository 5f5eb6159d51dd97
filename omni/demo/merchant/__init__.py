"""The merchant of the demo, Atelier Nord: made by operations, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omni.demo.merchant.chapters import Progress


def progress() -> Progress | None:
    """How far the full demo is filled: a fraction and words; None when there is nothing to wait
    for."""
    from omni.demo.merchant.chapters import progress as told  # noqa: PLC0415  needs models loaded

    return told()
