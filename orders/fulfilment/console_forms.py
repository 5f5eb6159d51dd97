"""What the forms of the console's pickup pages are told: shapes only."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from omni.core.secrets import canonical_code
from orders.fulfilment.codes import LENGTH
from orders.fulfilment.inputs import BIGINT
from orders.fulfilment.proof import IdKind
from orders.fulfilment.shelf_findings import Finding

ELSEWHERE, TAKE_OFF = "elsewhere", "take_off"


class ScanForm(forms.Form):
    """Whatever the scanner says."""

    scanned = forms.CharField(
        max_length=64, error_messages={"required": _("Scan something first.")}
    )


class PickForm(forms.Form):
    """How many units of a line are found, in all."""

    line = forms.IntegerField(min_value=1, max_value=BIGINT)
    picked = forms.IntegerField(min_value=0, max_value=1_000_000)


class FindingForm(forms.Form):
    """What is wrong with a line (or with all that is not picked), and what shall become of it."""

    line = forms.IntegerField(min_value=1, max_value=BIGINT, required=False)
    reason = forms.ChoiceField(choices=Finding.choices)
    then = forms.ChoiceField(choices=[(ELSEWHERE, ""), (TAKE_OFF, "")], required=False)


class ShelfForm(forms.Form):
    """Where the goods wait: a shelf that was tapped, else what was typed."""

    shelf = forms.CharField(max_length=40, required=False)
    other = forms.CharField(max_length=40, required=False)


class ReasonForm(forms.Form):
    """Why, in a word or two."""

    reason = forms.CharField(max_length=40, required=False)


class PackForm(forms.Form):
    """The parcel."""

    carrier = forms.CharField(
        max_length=60, error_messages={"required": _("Say who carries the parcel.")}
    )
    tracking_number = forms.CharField(max_length=80, required=False)


class HandOverForm(forms.Form):
    """The proof, and whether it is somebody else who collects."""

    code = forms.CharField(max_length=40, required=False)
    proven = forms.CharField(max_length=400, required=False)
    id_kind = forms.ChoiceField(choices=[("", ""), *IdKind.choices], required=False)
    is_delegate = forms.BooleanField(required=False)
    cancel_rest = forms.BooleanField(required=False)

    def clean_code(self) -> str:
        """A code that cannot be one is not a wrong try: it was another label, or half of it."""
        code = str(self.cleaned_data["code"])
        if code and len(canonical_code(code)) != LENGTH:
            raise forms.ValidationError(
                _("This is not a pickup code: it has %(count)d letters and digits."),
                params={"count": LENGTH},
            )
        return code
