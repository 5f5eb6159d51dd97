"""Reasons as people read them: of returns, of cancellations, of stores that send goods back.

Each folder keeps codes of its own; the words of all of them stand here. What a customer or a
clerk wrote in words of their own is told as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.core.codes import word_of

_WORDS: Mapping[str, Promise] = {
    "too_small": gettext_lazy("Too small"),
    "too_large": gettext_lazy("Too large"),
    "not_as_pictured": gettext_lazy("Not as pictured"),
    "changed_mind": gettext_lazy("Changed mind"),
    "faulty": gettext_lazy("Faulty"),
    "wrong_item": gettext_lazy("Wrong item"),
    "too_late": gettext_lazy("Came too late"),
    "mistake": gettext_lazy("Ordered by mistake"),
    "not_there": gettext_lazy("The goods are not there"),
    "fraud": gettext_lazy("Something is wrong with it"),
    "size": gettext_lazy("Size"),
    "colour": gettext_lazy("Colour"),
    "quality": gettext_lazy("Quality"),
    "not_found": gettext_lazy("Not found"),
    "damaged": gettext_lazy("Damaged"),
    "no_capacity": gettext_lazy("No capacity"),
    "not_available": gettext_lazy("Not available"),
    "not_collected": gettext_lazy("Not collected"),
    "customer": gettext_lazy("The customer wished it"),
    "not_paid": gettext_lazy("Not paid in time"),
}


def reason_name(code: str) -> str:
    """Too large; Not found."""
    if not code:
        return _("No reason given")
    return word_of(code, _WORDS)
