"""The events of this app in plain words, for the timeline and the event log."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.consent.models import Purpose
from customers.identity.models import IdentifierKind
from omni.events.phrases import Facts, register


def _label(choices: type[IdentifierKind] | type[Purpose], facts: Facts, name: str) -> str:
    value = str(facts.get(name, ""))
    return str(choices(value).label) if value in choices.values else value


def _identifier_added(facts: Facts) -> str:
    return _("Became known by: %(kind)s") % {"kind": _label(IdentifierKind, facts, "kind")}


def _identifier_verified(facts: Facts) -> str:
    return _("Proved: %(kind)s") % {"kind": _label(IdentifierKind, facts, "kind")}


def _identifier_removed(facts: Facts) -> str:
    return _("No longer known by: %(kind)s") % {"kind": _label(IdentifierKind, facts, "kind")}


def _consent_changed(facts: Facts) -> str:
    purpose = {"purpose": _label(Purpose, facts, "purpose")}
    if facts.get("is_granted"):
        return _("Allowed: %(purpose)s") % purpose
    return _("Forbade: %(purpose)s") % purpose


def _password_changed(facts: Facts) -> str:
    return (
        _("Set a new password after a reset")
        if facts.get("by_reset")
        else _("Changed the password")
    )


register(
    {
        "customer.created": gettext_lazy("Became a customer"),
        "customer.changed": gettext_lazy("Profile changed"),
        "customer.blocked": gettext_lazy("Blocked"),
        "customer.unblocked": gettext_lazy("Unblocked"),
        "note.written": gettext_lazy("A note was written"),
        "identifier.added": _identifier_added,
        "identifier.verified": _identifier_verified,
        "identifier.removed": _identifier_removed,
        "account.created": gettext_lazy("Opened an account"),
        "session.started": gettext_lazy("Signed in"),
        "session.ended": gettext_lazy("Signed out"),
        "password.changed": _password_changed,
        "email.changed": gettext_lazy("Signs in with another e-mail address"),
        "consent.changed": _consent_changed,
    }
)
