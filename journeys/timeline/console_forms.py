"""What is typed on the customers' pages of the console: shapes only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from journeys.timeline.kinds import MAX_TEXT, NO_SALE_REASONS

NOTE, VISIT, CALL, NO_SALE, TASK = "note", "visit", "call", "no_sale", "task"
SAYINGS = {
    NOTE: (_("Note"), "notebook-pen", _("What should colleagues know?")),
    VISIT: (_("Visit"), "store", _("What did they come for?")),
    CALL: (_("Call"), "phone", _("What was it about, and what was said?")),
    NO_SALE: (_("No sale"), "shopping-basket", _("What did they try or want?")),
    TASK: (_("Task"), "circle-check-big", _("What shall a colleague do?")),
}


class SayForm(forms.Form):
    """What the composer sends: of one kind, with what that kind needs."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in SAYINGS])
    text = forms.CharField(required=False, max_length=MAX_TEXT)
    direction = forms.ChoiceField(
        required=False, choices=[("in", _("They called")), ("out", _("We called"))]
    )
    reason = forms.ChoiceField(required=False, choices=list(NO_SALE_REASONS.items()))
    due_date = forms.DateField(required=False)
    assignee = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        kind = given.get("kind")
        if kind in (NOTE, CALL, TASK) and not given.get("text") and "text" not in self.errors:
            self.add_error("text", _("Write something first."))
        if kind == NO_SALE and not given.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Choose why they left without buying."))
        return given


class NewCustomerForm(forms.Form):
    """A person in two fields: a name, and by what they can be reached again."""

    name = forms.CharField(label=_("Name"), max_length=200)
    contact = forms.CharField(
        label=_("Phone, e-mail or card"),
        max_length=254,
        help_text=_("By it they are found again. Nothing is sent."),
    )


class VisitForm(forms.Form):
    """Why somebody is in the store."""

    note = forms.CharField(label=_("What do they come for?"), required=False, max_length=300)
