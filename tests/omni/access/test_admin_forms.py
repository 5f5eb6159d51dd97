"""What a form says of a rule that is broken: at the field, in words, without names of rules."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.db.models import CheckConstraint

from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.access import admin_forms
from omni.access.admin_forms import PlainForm, words_of_breach, words_of_constraint
from omni.access.models import Grant
from omni.access.permissions import Permission
from orders.pricing.models import TaxRate
from tests.factories.inventory import make_channel, make_listing, make_variant
from tests.factories.omni import make_role, make_staff, make_user, staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return staff_client(make_staff(*Permission))


def errors_of(page):
    return page.context["adminform"].form.errors


def editable():
    for model, page in admin.site._registry.items():
        if page.may_add or page.edit_permission:
            yield model, page.form
            parts = (each for each in page.inlines if each.can_delete)  # others are looked at
            yield from ((each.model, each.form) for each in parts)


def test_constraint_is_told_at_its_field_in_words(ada):
    rate = {"country": "FR", "tax_class": "standard", "rate": "20", "valid_from": "2026-01-01"}

    page = ada.post("/admin/orders/taxrate/add/", rate)

    assert errors_of(page) == {"rate": ["A rate is a fraction from 0 to below 1: 0.2 is 20 %."]}
    assert not TaxRate.objects.exists()


def test_constraint_of_two_fields_is_told_at_the_last(ada):
    form = {
        "user": make_user().pk,
        "role": make_role().pk,
        "scope_kind": "location",
        "valid_from_0": "2026-02-01",
        "valid_from_1": "00:00",
        "valid_until_0": "2026-01-01",
        "valid_until_1": "00:00",
    }
    grants = Grant.objects.count()

    page = ada.post("/admin/omni/grant/add/", form)

    assert set(errors_of(page)) == {"scope_id", "valid_until"}
    assert Grant.objects.count() == grants


def test_constraint_of_a_part_is_told_in_its_row(ada):
    form = {
        "code": "lyon",
        "name": "Lyon",
        "kind": "store",
        "time_zone": "Europe/Paris",
        "country": "FR",
        "latitude": "91",
        "longitude": "4",
        "opening_hours-0-weekday": "7",
        "opening_hours-0-opens_at": "09:00",
        "opening_hours-0-closes_at": "18:00",
        "opening_hours-TOTAL_FORMS": 1,
        "opening_hours-INITIAL_FORMS": 0,
    }
    for part in ("hours_exceptions", "services", "channels", "staff"):
        form |= {f"{part}-TOTAL_FORMS": 0, f"{part}-INITIAL_FORMS": 0}

    page = ada.post("/admin/inventory/location/add/", form)

    hours = page.context["inline_admin_formsets"][0].formset.errors
    assert hours == [{"weekday": ["A weekday is from 0 (Monday) to 6 (Sunday)."]}]
    assert errors_of(page) == {"latitude": ["A latitude is from -90 to 90."]}
    assert not Location.objects.exists()


def test_refusal_of_an_operation_is_told_at_its_field_and_what_was_typed_stays(ada):
    channel = make_channel()
    form = {
        "code": "web",
        "name": "Typed by hand",
        "kind": "web",
        "currency": "EUR",
        "language": "en",
        "country": "QQ",
        "tax_display": "gross",
        "brand_name": "Atelier",
        "hold_minutes": 15,
        "payment_window_minutes": 60,
        "return_window_days": 30,
    }

    page = ada.post("/admin/inventory/channel/add/", form)

    assert errors_of(page) == {"country": ["Give the country by its two letters, such as FR."]}
    assert "Typed by hand" in page.content.decode()
    assert list(Channel.objects.all()) == [channel]


def test_grant_form_refuses_an_id_that_names_no_place(ada):
    ben = make_user()
    form = {
        "user": ben.pk,
        "role": make_role(Permission.ORDERS_VIEW).pk,
        "scope_kind": "location",
        "scope_id": str(make_channel().pk),
        "valid_from_0": "2026-02-01",
        "valid_from_1": "00:00",
    }

    page = ada.post("/admin/omni/grant/add/", form)

    assert list(errors_of(page)) == ["scope_id"]
    assert "No location or channel has this id" in page.content.decode()
    assert not ben.grants.exists()


def test_refusal_names_the_column_of_an_amount(ada):
    listing = make_listing(make_variant(), make_channel())
    form = {"price_minor": 1000, "price_quantity": 1, "compare_at_minor": 900}

    page = ada.post(f"/admin/inventory/listing/{listing.pk}/change/", form)

    assert errors_of(page) == {
        "compare_at_minor": ["The price to compare with is above the price."]
    }


def test_days_and_times_stand_in_fields_of_the_browser_to_the_second(ada):
    moment = datetime(2026, 3, 1, 8, 30, 15, tzinfo=UTC)
    listing = make_listing(variant=make_variant(), channel=make_channel(), starts_at=moment)

    page = ada.get(f"/admin/inventory/listing/{listing.pk}/change/").content.decode()

    shown = {name: re.search(f"<input[^>]*{name}[^>]*>", page)[0] for name in ("at_0", "at_1")}
    assert ['type="date"' in shown["at_0"], 'value="2026-03-01"' in shown["at_0"]] == [True, True]
    assert ['type="time"' in shown["at_1"], ':30:15"' in shown["at_1"]] == [True, True]
    assert ": day" in shown["at_0"]
    day = re.search('<input[^>]*valid_from"[^>]*>', ada.get("/admin/orders/taxrate/add/").text)
    assert 'type="date"' in day[0]


def test_breach_that_only_the_database_saw_is_told_in_words():
    channel = make_channel()
    listing = make_listing(make_variant(), channel)
    again = type(listing)(variant=listing.variant, channel=channel, price_minor=1)

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        again.save()

    assert words_of_breach(caught.value, [type(listing)]) == (
        "There is a row with this already: Channel, Variant."
    )
    assert "contradicts" in words_of_breach(IntegrityError("?"), [])


@pytest.mark.parametrize(("model", "form"), list(editable()))
def test_no_editable_page_shows_the_name_of_a_constraint(model, form):
    for constraint in model._meta.constraints:
        words = words_of_constraint(constraint, model)
        assert constraint.name not in words
        by_choices = isinstance(constraint, CheckConstraint) and constraint.name.endswith(
            ("_known", "_kind")
        )
        assert by_choices or issubclass(form, PlainForm)


def test_every_page_tells_refusals_at_its_fields():
    assert all(issubclass(page.form, PlainForm) for page in admin.site._registry.values())


def test_every_explained_constraint_exists():
    names = {each.name for model, _form in editable() for each in model._meta.constraints}

    assert {key for key in admin_forms._WORDS if "." not in key} <= names
