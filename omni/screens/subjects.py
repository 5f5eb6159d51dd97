"""Where a piece of work leads: each app says at which page its kinds of subject are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import NoReverseMatch

from omni.work.models import Subject

_PAGES: dict[str, Callable[[Subject], str]] = {}


def register(subject_kind: str, page: Callable[[Subject], str]) -> None:
    """The address of the page of a subject of this kind, from the work that is about it."""
    _PAGES[subject_kind] = page


def page_of(work: Any) -> str:
    """The address of what a task, incident or approval is about; "" if no page shows it."""
    page = _PAGES.get(work.subject_kind)
    try:
        return page(work) if page else ""
    except NoReverseMatch:  # it names no row by an id
        return ""
