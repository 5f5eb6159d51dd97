"""Messages in plain words. What a message was for is said by whoever sends such messages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.events.phrases import Facts, register

_purposes: dict[str, str | Promise] = {
    "code": gettext_lazy("a code"),
    "account": gettext_lazy("news about the login"),
    "mail": gettext_lazy("a mail"),
}
_MEDIA = {"email": gettext_lazy("e-mail"), "sms": gettext_lazy("text message")}


def register_purposes(purposes: Mapping[str, str | Promise]) -> None:
    """Register what messages of a folder are for, as “a reminder”."""
    twice = sorted(purposes.keys() & _purposes.keys())
    if twice:
        raise ValueError(f"there are words already for {', '.join(twice)}")
    _purposes.update(purposes)


def purpose_name(purpose: str) -> str:
    """What a message was for."""
    return str(_purposes.get(purpose, purpose))


def medium_name(medium: str) -> str:
    """By which way."""
    return str(_MEDIA.get(medium, medium or "–"))


def _words(facts: Facts) -> dict[str, str]:
    purpose = purpose_name(str(facts.get("purpose", "–")))
    return {"purpose": purpose, "medium": medium_name(str(facts.get("medium", "")))}


register(
    {
        "message.sent": lambda facts: _("Was sent %(purpose)s by %(medium)s") % _words(facts),
        "message.not_sent": lambda facts: (
            _("Could not be sent %(purpose)s by %(medium)s") % _words(facts)
        ),
    }
)
