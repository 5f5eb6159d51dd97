"""What a form of the back office says when a rule of a table or of an operation refuses it.

Django would show the name of the constraint; here the words stand at the field they are about. Each
app tells the words of its own rules with ``explain``: by the name of a constraint, or by the code
of an error and the field that it names (``channel_not_valid.country``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.db.models import BaseConstraint, CheckConstraint, Model, Q, UniqueConstraint
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from omni.access import admin_cells
from omni.core.errors import DomainError
from omni.core.money import Money, exponent

Words = str | Promise

_WORDS: dict[str, Words] = {}
_ONE_WRONG: Words = _("This value is not possible: %(fields)s.")
_TOGETHER: Words = _("These values do not go together: %(fields)s.")
_TAKEN: Words = _("There is a row with this already: %(fields)s.")
_REFUSED: Words = _("This contradicts another row. Look at what is there, and try again.")


def explain(words: Mapping[str, Words]) -> None:
    """Register what to say in place of the names of rules."""
    _WORDS.update(words)


class MomentInput(AdminSplitDateTime):
    """A day and a time beside each other, in the fields that the browser has for them."""

    def __init__(self, *, label: Words) -> None:
        said = {"what": label}
        day = {"type": "date", "aria-label": _("%(what)s: day") % said}
        time = {"type": "time", "aria-label": _("%(what)s: time") % said}
        widgets = [forms.DateInput(day, "%Y-%m-%d"), forms.TimeInput(time, "%H:%M:%S")]
        forms.MultiWidget.__init__(self, widgets)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"date_label": "", "time_label": ""}


def native_input(db_field: Any) -> dict[str, Any]:
    """The widget of a day or a moment, as a form takes it."""
    match db_field.get_internal_type():
        case "DateTimeField":
            return {"widget": MomentInput(label=capfirst(db_field.verbose_name))}
        case "DateField":
            return {"widget": forms.DateInput({"type": "date"}, "%Y-%m-%d")}
    return {}


def has_fields(context: dict[str, Any]) -> bool:
    """Whether there is anything on the page of a row that can be written."""
    return bool(context["adminform"].form.fields) or any(
        part.has_add_permission or part.has_change_permission or part.has_delete_permission
        for part in context["inline_admin_formsets"]
    )


class AmountField(forms.DecimalField):
    """An amount typed as people write it (45.00); the row gets minor units of its currency."""

    def __init__(self, *, model_field: Any) -> None:
        super().__init__(
            label=capfirst(str(admin_cells.label_of(model_field))),
            required=not model_field.blank,
            help_text=model_field.help_text,
            max_digits=16,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "amount"}),
        )

    def to_minor(self, value: Decimal, currency: str) -> int:
        """Raises: ValidationError, where the currency has no such small unit."""
        minor = value.scaleb(exponent(currency))
        if minor != minor.to_integral_value():
            raise ValidationError(_("%(currency)s has no smaller unit.") % {"currency": currency})
        return int(minor)


class PlainForm(forms.ModelForm[Any]):
    """Base of the forms of the back office. ``refused`` is what an operation said to this form."""

    refused: ClassVar[DomainError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(str(field.label or ""))
        for name in self._amounts():
            known, minor = admin_cells.currency_of(self.instance), self.initial.get(name)
            if known and isinstance(minor, int):
                self.initial[name] = f"{Money(minor, known).to_decimal():.{exponent(known)}f}"
                self.fields[name].help_text = known

    def _amounts(self) -> dict[str, AmountField]:
        return {name: each for name, each in self.fields.items() if isinstance(each, AmountField)}

    def _clean_form(self) -> None:
        """Amounts become minor units when it is known of which currency: that of the row, or of
        what was chosen beside them."""
        chosen = [getattr(each, "currency", "") for each in self.cleaned_data.values()]
        currency = next(filter(None, chosen), "") or admin_cells.currency_of(self.instance)
        for name, field in self._amounts().items():
            typed = self.cleaned_data.get(name)
            if not isinstance(typed, Decimal) or not currency:
                continue
            try:
                self.cleaned_data[name] = field.to_minor(typed, currency)
            except ValidationError as error:
                self.add_error(name, error)
        super()._clean_form()  # type: ignore[misc]

    def full_clean(self) -> None:
        super().full_clean()
        if self.refused is not None and not self.errors:
            for name in named_in(self.refused):
                field = _of_form(self, (name, f"{name}_minor"))
                self.add_error(field, words_of(self.refused, name, type(self.instance)))

    def add_error(self, field: str | None, error: Any) -> None:
        """What the model says of a constraint is told at the last field that it is about."""
        if field is not None or not isinstance(error, ValidationError):
            super().add_error(field, error)
            return
        told = {each.get_violation_error_message(): each for each in _constraints(self.instance)}
        for place, each in _single(error):
            constraint = told.get(str(each.message)) if place is None else None
            if constraint is None:
                super().add_error(place, each)
            else:
                words = words_of_constraint(constraint, type(self.instance))
                super().add_error(_of_form(self, reversed(_fields(constraint, self))), words)


def named_in(error: DomainError) -> list[str]:
    """The fields that an error of an operation names."""
    one, many = error.details.get("field"), error.details.get("fields", ())
    listed = [one, *many, *(each.get("field") for each in error.errors)]
    return [name for name in dict.fromkeys(listed) if isinstance(name, str) and name]


def words_of(error: DomainError, name: str, model: type[Model]) -> str:
    """What is wrong with this field, or the error's own words and the field's name."""
    known = _WORDS.get(f"{error.code}.{name}")
    if known is not None:
        return str(known)
    listed = [each.get("message") for each in error.errors if each.get("field") == name]
    return str(listed[0] if listed else f"{error.message} ({_labels(model, [name])})")


def words_of_constraint(constraint: BaseConstraint, model: type[Model]) -> str:
    """What a constraint forbids: the words registered for it, or the names of its fields."""
    known = _WORDS.get(constraint.name)
    if known is not None:
        return str(known)
    fields = _fields(constraint)
    general = _ONE_WRONG if len(fields) == 1 else _TOGETHER
    if isinstance(constraint, UniqueConstraint):
        general = _TAKEN
    return str(general) % {"fields": _labels(model, fields)}


def words_of_breach(error: IntegrityError, models: Iterable[type[Model]]) -> str:
    """What to say of a row that only the database refused: another was quicker, as a rule."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for model in models:
        for constraint in model._meta.constraints:  # noqa: SLF001
            if constraint.name == name:
                return words_of_constraint(constraint, model)
    return str(_REFUSED)


def _constraints(row: Model) -> list[BaseConstraint]:
    return list(row._meta.constraints)  # noqa: SLF001


def _single(error: ValidationError) -> list[tuple[str | None, ValidationError]]:
    """Each error by itself, with its field; None stands for the whole form."""
    by_field = getattr(error, "error_dict", None) or {NON_FIELD_ERRORS: error.error_list}
    return [
        (None if field == NON_FIELD_ERRORS else field, each)
        for field, errors in by_field.items()
        for each in errors
    ]


def _fields(constraint: BaseConstraint, form: PlainForm | None = None) -> list[str]:
    """The fields that a constraint is about, in the order of the form if there is one."""
    if isinstance(constraint, UniqueConstraint):
        return list(constraint.fields)
    if not isinstance(constraint, CheckConstraint) or not isinstance(constraint.condition, Q):
        return []
    found = constraint.condition.referenced_base_fields
    return [name for name in form.fields if name in found] if form else sorted(found)


def _of_form(form: PlainForm, names: Iterable[str]) -> str | None:
    return next((name for name in names if name in form.fields), None)


def _labels(model: type[Model], names: Iterable[str]) -> str:
    return ", ".join(str(capfirst(_label(model, name))) for name in names)


def _label(model: type[Model], name: str) -> str:
    try:
        field = model._meta.get_field(name)  # noqa: SLF001
    except FieldDoesNotExist:
        return name.replace("_", " ")
    return str(getattr(field, "verbose_name", name))
