"""What happened to a record and who did it; the audit page; incidents of all stores."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.profiles import operations as profiles
from customers.profiles.address_book import AddressDraft, add_address, remove_address
from omni.access.actor import SYSTEM
from omni.access.authorship import signed_by
from omni.access.models import AccessLog, User
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.audit import registry
from omni.audit.registry import invariant
from omni.console import audit, changes
from omni.core.ids import uuid7
from omni.work import operations as work
from omni.work.models import Incident
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
)
from tests.factories.omni import make_api_key, make_staff, staff_client
from tests.factories.orders_work import Sold, make_order, make_shop
from tests.factories.screens import once
from tests.flows.back_office import Form
from tests.omni.audit.corruption import corruptions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    cache.clear()


@pytest.fixture
def ada() -> User:
    return make_staff(*Permission, display_name="Ada")


def told(client: Client, label: str, key: Any) -> Any:
    return client.get(f"/office/activity/{label}/{key}")


def entries(answer: Any) -> list[tuple[str, str, str, dict[str, tuple[str, str]]]]:
    """Who did what with what, newest first; the fields that differ."""
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return [
        (
            each["who"],
            each["change"].what,
            each["change"].thing,
            {one.label: (one.before, one.after) for one in each["change"].differences},
        )
        for each in answer.context["changes"]
    ]


def test_activity_tells_who_changed_what_from_what(ada: User) -> None:
    channel = make_channel(name="Old name", hold_minutes=15)
    ben = make_staff(*Permission, display_name="Ben")
    url = f"/admin/inventory/channel/{channel.pk}/change/"
    for user, fields in ((ada, {"name": "<b>New</b>"}), (ben, {"hold_minutes": "20"})):
        client = staff_client(user)
        sent = client.post(url, Form(client.get(url).content.decode()).fields | fields)
        assert sent.status_code == 302, sent.content.decode()[-2000:]

    answer = told(staff_client(ada), "inventory.channel", channel.pk)

    newest, before, made = entries(answer)
    assert newest[:3] == ("Ben", "update", "")
    assert list(newest[3].values()) == [("15", "20")]
    assert before == ("Ada", "update", "", {"Name": ("Old name", "<b>New</b>")})
    assert (made[0], made[1]) == ("", "insert")
    text = answer.content.decode()
    assert "&lt;b&gt;New&lt;/b&gt;" in text
    assert "<b>New" not in text


def test_activity_tells_of_what_belongs_to_a_record(ada: User) -> None:
    variant = make_variant(product=make_product(category=make_category(name="Wool")))
    listing = make_listing(variant, make_channel(name="Web"), price_minor=1000)
    with signed_by(actor_of_user(ada)):
        listing.price_minor = 900
        listing.save()
        listing.delete()

    found = entries(told(staff_client(ada), "inventory.variant", variant.pk))

    gone, cheaper, _made = [each for each in found if each[2] == "Listing"]
    assert (gone[0], gone[1], gone[2]) == ("Ada", "delete", "Listing")
    assert gone[3]["Channel"] == ("Web", "")
    assert (cheaper[0], cheaper[1]) == ("Ada", "update")
    assert list(cheaper[3].values()) == [("1000", "900")]


def test_activity_of_a_customer_names_whoever_changed_it_and_logs_the_look(ada: User) -> None:
    actor = actor_of_user(ada)
    customer = make_customer(name="Eve Adams")
    make_identifier(customer=customer, value="eve@example.com")
    profiles.change_customer(
        customer_id=customer.pk,
        changes=profiles.CustomerChanges(given_name="Eva", family_name="Adams"),
        actor=actor,
    )
    draft = AddressDraft(name="Eve", street="1 Quay", postal_code="1", city="Lyon", country="FR")
    kept = add_address(customer_id=customer.pk, draft=draft, actor=actor)
    remove_address(customer_id=customer.pk, address_id=kept.address.pk, actor=actor)

    answer = told(staff_client(ada), "customers.customer", customer.pk)

    found = entries(answer)
    by_what = {(who, what, thing): fields for who, what, thing, fields in found}
    assert by_what.keys() == {("Ada", "delete", "Address"), ("Ada", "update", "")}
    assert by_what["Ada", "delete", "Address"]["City"] == ("Lyon", "")
    assert by_what["Ada", "update", ""]["Name"] == ("Eve Adams", "Eva Adams")
    made = by_what["Ada", "delete", "Address"]["Created"][0]
    assert re.fullmatch(r"Today \d\d:\d\d:\d\d", made)
    look = AccessLog.objects.get(kind="customer", subject_id=str(customer.pk))
    assert (look.name, look.reason) == ("Ada", "activity")
    assert [each["look"].pk for each in answer.context["looks"]] == [look.pk]


def test_activity_tells_no_secret(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_api_key(Permission.STOCK_VIEW)
    channel = make_channel(brand_name="Unspoken")
    client = staff_client(ada)

    pages = [
        told(client, "omni.apikey", key.row.pk).content.decode(),
        told(client, "omni.user", ada.pk).content.decode(),
    ]

    ada.refresh_from_db()
    for secret in (key.secret, key.row.digest, ada.password):
        assert all(secret not in page for page in pages)
    # Fields are left out by their names: of those that are kept, none is a secret today.
    assert "Unspoken" in told(client, "inventory.channel", channel.pk).content.decode()
    monkeypatch.setattr(changes, "_SECRET", re.compile("brand"))
    assert "Unspoken" not in told(client, "inventory.channel", channel.pk).content.decode()
    for name in ("password", "key_digest", "client_secret", "access_token"):
        assert monkeypatch.undo() or changes._SECRET.search(name)


def test_activity_of_foreign_and_missing_records_is_the_same(ada: User) -> None:
    shop = make_shop()
    order = make_order(shop, Sold(location=shop.nice), location_id=shop.nice.pk)
    of_lyon = staff_client(make_staff(*Permission, location_id=shop.lyon.pk))
    stranger = staff_client(make_staff())

    answers = {
        (label, key): told(of_lyon, label, key).status_code
        for label, key in (
            ("inventory.location", shop.lyon.pk),
            ("inventory.location", shop.nice.pk),
            ("inventory.location", uuid7()),
            ("inventory.location", "no-id"),
            ("inventory.channel", shop.channel.pk),  # no list for one store
            ("orders.order", order.pk),
            ("omni.event", "1"),  # no such list
            ("contenttypes.contenttype", "1"),
            ("nonsense", "1"),
        )
    }

    assert answers.pop(("inventory.location", shop.lyon.pk)) == 200
    assert set(answers.values()) == {404}
    assert told(stranger, "inventory.location", shop.lyon.pk).status_code == 404
    assert told(staff_client(ada), "orders.order", order.pk).status_code == 200


def asked(client: Client, url: str) -> int:
    """Queries of a page with cold caches."""
    client.get("/office/find")  # what only the first page of a session asks
    cache.clear()
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_activity_takes_as_many_queries_for_many_changes_as_for_one(ada: User) -> None:
    client = staff_client(ada)
    shop = make_shop()
    customer = make_customer()
    rows = [shop.channel, shop.lyon, shop.variant, shop.variant.product, customer]
    with signed_by(actor_of_user(ada)):
        for row in rows:
            type(row).objects.filter(pk=row.pk).update(
                **{"sku": "S"} if row is shop.variant else {"name": "N"}
            )
    urls = [f"/office/activity/{row._meta.label_lower}/{row.pk}" for row in rows]
    one = {url: asked(client, url) for url in urls}

    with signed_by(actor_of_user(make_staff(display_name="Ben"))):
        for number in range(30):
            for row in rows:
                type(row).objects.filter(pk=row.pk).update(
                    **{"sku": f"S{number}"} if row is shop.variant else {"name": f"N{number}"}
                )

    many = {url: asked(client, url) for url in urls}
    assert many == one
    assert max(many.values()) <= 12
    assert len(entries(client.get(urls[0]))) >= 31


# --- audit ----------------------------------------------------------------------------------------


def test_audit_page_shows_corruption_with_its_rows(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff_client(ada)
    clean = client.post("/office/audit")
    corruptions()["S8"][0]()

    broken = client.post("/office/audit")

    assert clean.context["result"].broken == []
    assert "Everything holds" in clean.content.decode()
    found = next(each for each in broken.context["result"].broken if each.code == "S8")
    text = broken.content.decode()
    assert found.count == 1 == len(found.rows)
    assert all(value in text for value in found.rows[0].values())
    assert "checked" in text
    assert "by Ada" in text
    # It stays to be looked at, for others too, and looking runs nothing.
    monkeypatch.setattr(audit.runner, "run", None)
    assert "S8" in str(client.get("/office/audit").context["result"].broken)
    assert asked(client, "/office/audit") <= 12


def test_audit_runs_once_at_a_time_and_ends_its_run_when_it_fails(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff_client(ada)
    monkeypatch.setattr(registry, "_registry", {})
    meanwhile: list[Any] = []

    def look_twice() -> str:
        if not meanwhile:
            meanwhile.append(client.post("/office/audit"))
        return "SELECT 1 WHERE false"

    invariant(code="X1", title="slow", sql=look_twice)
    invariant(code="X2", title="wrong", sql="SELECT * FROM nowhere")

    first = client.post("/office/audit")

    assert meanwhile[0].status_code == 503
    assert "Somebody started it a moment ago" in meanwhile[0].content.decode()
    assert "Not checked lately" in meanwhile[0].content.decode()
    assert first.status_code == 200
    assert "relation &quot;nowhere&quot; does not exist" in first.content.decode()
    assert client.post("/office/audit").status_code == 200  # the run before is over
    monkeypatch.setattr(audit.runner, "run", lambda: 1 / 0)
    client.raise_request_exception = False
    assert client.post("/office/audit").status_code == 500
    assert cache.get(audit.RUNS) is None


def test_audit_is_of_the_whole_merchant() -> None:
    of_one_store = staff_client(make_staff(*Permission, location_id=make_location().pk))
    cache.set(audit.LAST, None)

    assert of_one_store.get("/office/audit").status_code == 403
    assert of_one_store.post("/office/audit").status_code == 403
    assert cache.get(audit.LAST) is None


# --- incidents ------------------------------------------------------------------------------------


def incident(location_id: Any, summary: str = "A parcel is lost", **details: Any) -> Incident:
    return work.open_incident(
        kind="test", subject_kind="test", subject_id=uuid7(), summary=summary,
        location_id=location_id, details=details, actor=SYSTEM,
    )  # fmt: skip


def test_incidents_are_those_of_ones_stores_and_decided_by_name(ada: User) -> None:
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    here, there = incident(lyon.pk, "<i>Here</i>"), incident(nice.pk, "There")
    nowhere = incident(None, "Nowhere")
    of_lyon = staff_client(make_staff(*Permission, location_id=lyon.pk, display_name="Leo"))

    listed = of_lyon.get("/office/incidents")
    everything = staff_client(ada).get("/office/incidents")
    foreign = [of_lyon.get(f"/office/incidents/{row.pk}").status_code for row in (there, nowhere)]
    kept = of_lyon.post(f"/office/incidents/{there.pk}", once(note="Send another"))
    empty = of_lyon.post(f"/office/incidents/{here.pk}", once(note=" "))
    done = of_lyon.post(f"/office/incidents/{here.pk}", once(note="Send another"))

    assert [each["row"].pk for each in listed.context["rows"]] == [here.pk]
    assert "&lt;i&gt;Here" in listed.content.decode()
    assert "Nice" not in [c["label"] for part in listed.context["parts"] for c in part.choices]
    assert len(everything.context["rows"]) == 3
    assert (foreign, kept.status_code, empty.status_code) == ([404, 404], 404, 400)
    assert done.status_code == 303
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.status, here.note, there.status) == ("decided", "Send another", "open")
    page = of_lyon.get(f"/office/incidents/{here.pk}").content.decode()
    assert "Leo" in page
    closed = of_lyon.post(f"/office/incidents/{here.pk}", once(do="close"))
    here.refresh_from_db()
    assert (closed.status_code, here.status) == (303, "closed")


def test_incidents_take_as_many_queries_for_many_as_for_one(ada: User) -> None:
    client = staff_client(ada)
    first = incident(make_location().pk)
    one = [asked(client, "/office/incidents"), asked(client, f"/office/incidents/{first.pk}")]
    for number in range(30):
        incident(make_location().pk, f"Parcel {number}")

    many = [asked(client, "/office/incidents"), asked(client, f"/office/incidents/{first.pk}")]

    assert many == one
    assert max(many) <= 12
    nonsense = client.get("/office/incidents", {"status": "x", "store": "x", "after": "x"})
    assert nonsense.status_code in (200, 400)
    assert "x" not in [part.said for part in (nonsense.context or {}).get("parts", [])]
