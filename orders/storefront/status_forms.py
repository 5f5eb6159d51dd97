"""What customers type on the page of their order: shape only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.storefront.order_choices import Returnable


class HereForm(forms.Form):
    note = forms.CharField(
        label=_("Where are you?"),
        help_text=_("At the counter, in bay 3, in a red car."),
        max_length=80,
        required=False,
        strip=True,
    )


class DelegateForm(forms.Form):
    name = forms.CharField(
        label=_("Who collects it?"),
        help_text=_("First and last name. Leave it empty if you come yourself."),
        max_length=200,
        required=False,
        strip=True,
    )


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Why?"), max_length=120, required=False, strip=True)


class ReturnForm(forms.Form):
    """A number for each line that could come back."""

    reason = forms.CharField(label=_("Why?"), max_length=40, required=False, strip=True)

    def __init__(self, *args: Any, lines: Sequence[Returnable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [(each, self._count(each)) for each in lines]

    def _count(self, each: Returnable) -> forms.BoundField:
        name = f"line_{each.goods.line.pk}"
        self.fields[name] = forms.IntegerField(
            label=each.goods.name, min_value=0, max_value=each.most, initial=0, required=False
        )
        return self[name]

    def units(self) -> list[tuple[UUID, int]]:
        """Order line and quantity of what shall come back."""
        given = [(each.goods.line.pk, self.cleaned_data[field.name]) for each, field in self.lines]
        return [(line_id, count) for line_id, count in given if count]
