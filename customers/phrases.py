"""What happened to a customer's profile and account, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.events.phrases import Facts, register


def _consent_changed(facts: Facts) -> str:
    if facts.get("is_granted"):
        return _("Agreed to %(purpose)s") % {"purpose": _purpose(facts)}
    return _("Withdrew the consent to %(purpose)s") % {"purpose": _purpose(facts)}


def _purpose(facts: Facts) -> str:
    purpose = str(facts.get("purpose", ""))
    return str(_PURPOSES.get(purpose, purpose))


def _password_changed(facts: Facts) -> str:
    return _("Reset the password") if facts.get("by_reset") else _("Changed the password")


def _identifier(text_by_kind: dict[str, object], facts: Facts) -> str:
    return str(text_by_kind.get(str(facts.get("kind")), text_by_kind[""]))


_PURPOSES = {
    "email_marketing": gettext_lazy("marketing by e-mail"),
    "sms_marketing": gettext_lazy("marketing by SMS"),
    "push_marketing": gettext_lazy("marketing in the app"),
    "personalisation": gettext_lazy("personalised offers"),
    "analytics": gettext_lazy("statistics of visits"),
}
_ADDED: dict[str, object] = {
    "email": gettext_lazy("Gave an e-mail address"),
    "phone": gettext_lazy("Gave a phone number"),
    "loyalty_card": gettext_lazy("Showed a loyalty card"),
    "device": gettext_lazy("Used a new device"),
    "": gettext_lazy("Became known by a further id"),
}
_VERIFIED: dict[str, object] = {
    "email": gettext_lazy("Proved the e-mail address"),
    "phone": gettext_lazy("Proved the phone number"),
    "loyalty_card": gettext_lazy("Proved the loyalty card"),
    "": gettext_lazy("Proved an id"),
}
_REMOVED: dict[str, object] = {
    "email": gettext_lazy("An e-mail address was removed"),
    "phone": gettext_lazy("A phone number was removed"),
    "loyalty_card": gettext_lazy("A loyalty card was removed"),
    "": gettext_lazy("An id was removed"),
}

register(
    {
        "account.created": gettext_lazy("Signed up"),
        "consent.changed": _consent_changed,
        "customer.blocked": gettext_lazy("Was blocked"),
        "customer.changed": gettext_lazy("The profile was changed"),
        "customer.created": gettext_lazy("Became known to us"),
        "customer.unblocked": gettext_lazy("Was unblocked"),
        "email.changed": gettext_lazy("Changed the e-mail address of the account"),
        "identifier.added": lambda facts: _identifier(_ADDED, facts),
        "identifier.removed": lambda facts: _identifier(_REMOVED, facts),
        "identifier.verified": lambda facts: _identifier(_VERIFIED, facts),
        "note.written": gettext_lazy("A note was written"),
        "password.changed": _password_changed,
        "session.ended": gettext_lazy("Signed out"),
        "session.started": gettext_lazy("Signed in"),
    }
)
