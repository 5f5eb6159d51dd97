"""What the pages of the till are told: shapes only."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from omni.core.money import exponent
from omni.screens.amounts import AmountNotUnderstood, typed_amount
from orders.checkout.carts import Contact
from orders.sales.drafts import AddressDraft

MOST_DIGITS = 9


class AmountField(forms.Field):
    """A sum as people type it, in minor units of a currency; None where nothing was typed."""

    widget = forms.TextInput

    def __init__(self, *, currency: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.currency = currency

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            minor = typed_amount(text, self.currency)
        except AmountNotUnderstood as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error
        if minor >= 10 ** (MOST_DIGITS + exponent(self.currency)):
            raise forms.ValidationError(_("This is too much for a drawer."), code="too_much")
        return minor


class MoneyForm(forms.Form):
    """A form whose amounts are in one currency."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = currency


class TenderForm(MoneyForm):
    """A tender for the sale in progress."""

    tender = forms.CharField(max_length=20)
    amount = AmountField(required=False, label=gettext_lazy("Amount"))
    given = AmountField(required=False, label=gettext_lazy("Cash given"))
    terminal_reference = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("Number on the terminal's slip")
    )
    card_label = forms.CharField(required=False, max_length=40, label=gettext_lazy("Card"))


class DeliveryForm(forms.Form):
    """How the customer is reached, and where it goes if something is sent."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=32, required=False)
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=250)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=100)
    country = forms.ChoiceField(label=gettext_lazy("Country"))

    def __init__(self, *args: Any, is_sent: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_sent = is_sent
        territories = Locale.parse((get_language() or "en").replace("-", "_")).territories
        named = [(code, name) for code, name in territories.items() if _is_country(code)]
        choices = sorted(named, key=lambda each: each[1])
        self.fields["country"].choices = choices  # type: ignore[attr-defined]
        if not is_sent:
            for name in ("street", "postal_code", "city", "country"):
                del self.fields[name]

    def contact(self) -> Contact:
        """How the customer is reached."""
        given = self.cleaned_data
        return Contact(given["name"], given["email"], given["phone"])

    def address(self) -> AddressDraft | None:
        """Where it goes."""
        if not self.is_sent:
            return None
        given = self.cleaned_data
        names = ("name", "street", "postal_code", "city", "country", "phone")
        return AddressDraft(**{name: given[name] for name in names})


def _is_country(code: str) -> bool:
    """Territories of CLDR that post goes to: two letters, no grouping, no test code."""
    return (
        len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    )
