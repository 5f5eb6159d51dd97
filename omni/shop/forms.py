"""What visitors type: shapes only. Whether it is right is for the API to say."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from omni.screens.words import locale


class _Trusting(forms.CharField):
    """A text that may be long; the API says what is too long."""

    def __init__(self, *, auto: str = "", kind: str = "text", **kwargs: Any) -> None:
        widget = kwargs.pop("widget", None) or forms.TextInput(attrs={"type": kind})
        if auto:
            widget.attrs["autocomplete"] = auto
        super().__init__(widget=widget, max_length=kwargs.pop("max_length", 250), **kwargs)


def _secret(auto: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": auto})


class PlaceForm(forms.Form):
    """Where the visitor is: a store of theirs, or degrees."""

    store = forms.CharField(max_length=40, required=False)
    lat = forms.FloatField(min_value=-90, max_value=90, required=False)
    lon = forms.FloatField(min_value=-180, max_value=180, required=False)
    forget = forms.BooleanField(required=False)


class AddForm(forms.Form):
    """What goes into the cart. ``how``: ship, or pickup: and the store's id."""

    variant = forms.UUIDField()
    quantity = forms.IntegerField(min_value=1, max_value=9999, initial=1)
    how = forms.RegexField(r"^(ship|local_delivery|pickup:[0-9a-f-]{36})$")


class QuantityForm(forms.Form):
    """A new quantity of a line."""

    quantity = forms.IntegerField(min_value=0, max_value=9999)


class HowForm(forms.Form):
    """Another way of a line."""

    how = AddForm.base_fields["how"]


class CodeForm(forms.Form):
    """A code that was read or typed."""

    code = _Trusting(label=_("Code"), auto="one-time-code", max_length=32)


class ContactForm(forms.Form):
    """Who orders."""

    name = _Trusting(label=_("Name"), auto="name", max_length=200)
    email = _Trusting(label=_("E-mail"), auto="email", kind="email", max_length=254)
    phone = _Trusting(label=_("Phone"), auto="tel", kind="tel", required=False, max_length=32)


class AddressForm(forms.Form):
    """Where it is sent."""

    recipient = _Trusting(
        label=_("Recipient, if somebody else"),
        auto="shipping name",
        max_length=200,
        required=False,
    )
    street = _Trusting(label=_("Street and number"), auto="shipping street-address")
    postal_code = _Trusting(
        label=_("Postal code"), auto="shipping postal-code", required=False, max_length=20
    )
    city = _Trusting(label=_("City"), auto="shipping address-level2", max_length=100)
    region = _Trusting(
        label=_("Region"), auto="shipping address-level1", required=False, max_length=100
    )
    country = forms.ChoiceField(
        label=_("Country"), widget=forms.Select(attrs={"autocomplete": "shipping country"})
    )

    def __init__(self, *args: Any, first: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = sorted(_countries().items(), key=lambda row: (row[0] != first, row[1]))
        self.fields["country"].choices = rows  # type: ignore[attr-defined]


def _countries() -> dict[str, str]:
    names = Locale.parse(locale() if get_language() else "en").territories
    return {code: name for code, name in names.items() if len(code) == 2 and code not in _NONE}


# What CLDR lists beside countries.
_NONE = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})


class SignInForm(forms.Form):
    """E-mail address and password."""

    email = _Trusting(label=_("E-mail"), auto="username", kind="email", max_length=254)
    password = forms.CharField(
        label=_("Password"), max_length=128, strip=False, widget=_secret("current-password")
    )


class SignUpForm(forms.Form):
    """A new account."""

    name = _Trusting(label=_("Name"), auto="name", max_length=150)
    email = _Trusting(
        label=_("E-mail"),
        auto="email",
        kind="email",
        max_length=254,
        help_text=_("We send a code there."),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=_secret("new-password"),
        help_text=_("At least eight characters, not a common one."),
    )


class EmailForm(forms.Form):
    """An e-mail address."""

    email = _Trusting(label=_("E-mail"), auto="email", kind="email", max_length=254)


class NewPasswordForm(CodeForm):
    """The code from the mail, and the new password."""

    password = forms.CharField(
        label=_("New password"), max_length=128, strip=False, widget=_secret("new-password")
    )


class FindOrderForm(forms.Form):
    """What a guest remembers of an order."""

    number = _Trusting(label=_("Order number"), max_length=20)
    email = EmailForm.base_fields["email"]


class HereForm(forms.Form):
    """Where at the store."""

    note = _Trusting(label=_("Bay or car"), required=False, max_length=60)


class DelegateForm(forms.Form):
    """Who else collects."""

    name = _Trusting(label=_("Their name"), required=False, max_length=200)


class ReasonForm(forms.Form):
    """Why."""

    reason = _Trusting(label=_("Why?"), required=False, max_length=40)


class ReturnForm(ReasonForm):
    """How many units of each line come back."""

    def __init__(self, *args: Any, lines: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"line-{line['id']}"] = forms.IntegerField(
                min_value=0, max_value=line["most"], required=False, initial=0
            )

    def units(self) -> list[dict[str, Any]]:
        """What was chosen, for the API."""
        counts = [(line, self.cleaned_data.get(f"line-{line['id']}") or 0) for line in self.lines]
        reason = self.cleaned_data["reason"]
        return [
            {"order_line_id": line["id"], "quantity": count, "reason": reason}
            for line, count in counts
            if count
        ]

    def shown(self) -> list[tuple[dict[str, Any], forms.BoundField]]:
        """Each line with its field."""
        return [(line, self[f"line-{line['id']}"]) for line in self.lines]
