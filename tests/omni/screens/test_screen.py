"""A screen shows pages to who may, carries a form out once, and loses nothing that was typed."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db.models import Count

from omni.access.models import Role
from omni.access.permissions import Permission
from omni.core.together import counted
from omni.screens import checks, codes, frame
from omni.screens.codes import Hit
from omni.screens.views import Screen
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff, staff_client
from tests.factories.screens import console_client, once, place_at

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.omni.screens.probes")]

WORK = Permission.FULFILMENT_VIEW


def test_screen_without_sign_in_leads_there_and_back(client):
    answer = client.get("/console/probe?a=1")

    assert answer.status_code == 302
    assert answer.url == "/staff/sign-in?next=%2Fconsole%2Fprobe%3Fa%3D1"


def test_form_of_a_session_that_ended_keeps_the_page(client):
    answer = client.post("/console/probe", once(code="a"), headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer["HX-Trigger"] == "omni:session-ended"


def test_screen_without_a_place_asks_for_it():
    lyon = make_location(name="Lyon")
    make_location(name="Nice")
    client = staff_client(make_staff(WORK, location_id=lyon.pk))

    led = client.get("/console/probe")
    chosen = client.get(led.url)

    assert led.url.startswith("/console/choose?next=")
    assert chosen.url == "/console/probe"
    assert client.get("/console/probe").context["place"].location_name == "Lyon"


def test_store_of_others_cannot_be_chosen():
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    client = console_client(lyon, WORK)

    answer = client.post("/console/choose", {"store": str(nice.pk)})

    assert answer.status_code == 404
    assert client.get("/console/probe").context["place"].location_id == lyon.pk


def test_screen_without_the_permission_at_this_place_is_refused():
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    client = console_client(lyon, user=make_staff(WORK, location_id=nice.pk))

    assert client.get("/console/probe").status_code == 403
    assert client.post("/console/probe", once(code="a")).status_code == 403
    assert not Role.objects.filter(code="a").exists()


@pytest.mark.parametrize(("code", "told"), [("new", 1), ("aside", 0)])
def test_frame_tells_what_a_form_changed_and_asks_nothing_after_one_aside(monkeypatch, code, told):
    roles = frame.Asked(
        "roles", lambda _place: counted(Role.objects, n=Count("*")), lambda rows, _: rows
    )
    monkeypatch.setattr(frame, "_asked", {"roles": roles})
    lyon = make_location()
    client = console_client(lyon, WORK)
    before = frame.around(place_at(lyon))["roles"]

    client.post("/console/probe", once(code=code))

    after = frame.around(place_at(lyon))["roles"]
    assert Role.objects.filter(code=code).exists()
    assert after[0]["n"] - before[0]["n"] == told


def test_form_is_carried_out_once_and_says_so_each_time():
    client = console_client(make_location(), WORK)
    form = once(code="one")

    first = client.post("/console/probe", form)
    again = client.post("/console/probe", form)

    assert (
        (first.status_code, first.url) == (again.status_code, again.url) == (303, "/console/today")
    )
    assert Role.objects.filter(code="one").count() == 1
    said = list(get_messages(again.wsgi_request))
    assert [(str(each), each.extra_tags) for each in said] == [("Role made", "/console/probe")] * 2


def test_form_sent_again_with_other_contents_is_told_in_words():
    client = console_client(make_location(), WORK)
    form = once(code="one")
    client.post("/console/probe", form)

    answer = client.post("/console/probe", form | {"code": "two"})

    assert answer.status_code == 422
    assert "sent before with other contents" in answer.content.decode()
    assert not Role.objects.filter(code="two").exists()


def test_refused_form_shows_why_keeps_what_was_typed_and_writes_nothing():
    client = console_client(make_location(), WORK)

    answer = client.post("/console/probe", once(code="nope"))

    assert answer.status_code == 409
    assert "Roles beginning with no are refused" in answer.content.decode()
    assert answer.context["form"]["code"].value() == "nope"
    assert not Role.objects.filter(code="nope").exists()


def test_incomplete_form_marks_its_field():
    client = console_client(make_location(), WORK)

    answer = client.post("/console/probe", once(code="x" * 30))

    assert answer.status_code == 400
    assert answer.context["form"].errors["code"]


def test_form_without_its_key_is_refused():
    answer = console_client(make_location(), WORK).post("/console/probe", {"code": "a"})

    assert answer.status_code == 400
    assert answer.context["problem"].code == "idempotency_key_missing"


def test_action_that_is_refused_leads_back_to_its_own_page_and_never_to_another_host():
    client = console_client(make_location(), WORK)

    back = client.post("/console/probe/act", once(next="/console/probe"))
    away = client.post("/console/probe/act", once(next="https://evil.example/x"))

    assert back.url == "/console/probe"
    assert away.url == "/"
    assert str(next(iter(get_messages(back.wsgi_request)))).startswith("Roles beginning with no")


def test_pages_hold_no_script_or_style_of_their_own():
    page = console_client(make_location(), WORK).get("/console/find").content.decode()

    assert not re.search(r"<script(?![^>]*src=)", page)
    assert "style=" not in page


def test_check_names_screens_that_declare_nothing_and_pages_that_are_none():
    class Forgotten(Screen):
        def get(self, request):
            return None

    assert checks.check_screens() == []
    assert Forgotten.declared_permission("GET") is None
    assert {cls.__name__ for _, cls in checks.screens()} >= {"MakeRole", "Act", "Today"}


def test_find_opens_the_one_exact_hit_and_lists_the_others(monkeypatch):
    client = console_client(make_location(), WORK)
    known = {
        "T-1": [Hit("Order", "T-1", "/console/o/1", "receipt", exact=True)],
        "ann": [Hit("Customer", "Ann <b>", "/console/c/1", "user")],
    }
    monkeypatch.setattr(codes, "_KNOWN", [(1, "probe", lambda text, *_: known.get(text, []))])

    assert client.get("/console/find", {"q": " T-1\r"}).url == "/console/o/1"
    listed = client.get("/console/find", {"q": "ann"}).content.decode()
    assert "Ann &lt;b&gt;" in listed
    assert "T-9" in client.get("/console/find", {"q": "T-9\x00\x1d" + "x" * 5000}).content.decode()
