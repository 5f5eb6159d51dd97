"""Change of person at a device, and one's own PIN."""

import pytest

from omni.access import pins
from omni.access.models import StaffPin
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core.ids import uuid7
from tests.factories.inventory import make_location
from tests.factories.omni import PASSWORD, make_staff
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db

WORK = Permission.FULFILMENT_VIEW


def _colleagues():
    lyon = make_location(name="Lyon")
    ada = make_staff(WORK, location_id=lyon.pk, display_name="Ada <b>")
    ben = make_staff(WORK, location_id=lyon.pk, display_name="Ben")
    pins.set_own_pin(pin="7391", password=PASSWORD, actor=actor_of_user(ada))
    return lyon, ada, ben


def test_somebody_else_goes_on_by_pin_at_the_same_place():
    lyon, ada, ben = _colleagues()
    client = console_client(lyon, user=ben)

    choice = client.get("/console/switch").content.decode()
    led = client.post(f"/console/switch/{ada.pk}", once(pin="7391"))
    page = client.get("/console/find")

    assert "Ada &lt;b&gt;" in choice
    assert led.url == "/console/today"
    assert (page.context["actor"].user_id, page.context["place"].location_id) == (ada.pk, lyon.pk)


def test_five_wrong_pins_lock_and_the_person_stays():
    lyon, ada, ben = _colleagues()
    client = console_client(lyon, user=ben)

    answers = [
        client.post(f"/console/switch/{ada.pk}", once(pin="7392")).status_code for _ in range(6)
    ]
    right = client.post(f"/console/switch/{ada.pk}", once(pin="7391"))

    assert answers == [403, 403, 403, 403, 429, 429]
    assert right.status_code == 429
    assert client.get("/console/find").context["actor"].user_id == ben.pk


def test_stranger_to_the_store_cannot_be_chosen():
    lyon, _ada, ben = _colleagues()
    cleo = make_staff(WORK, location_id=uuid7())

    client = console_client(lyon, user=ben)

    assert client.get(f"/console/switch/{cleo.pk}").status_code == 404
    assert client.post(f"/console/switch/{cleo.pk}", once(pin="7391")).status_code == 404


def test_own_pin_takes_the_password_and_refuses_what_is_guessed():
    lyon, _ada, ben = _colleagues()
    client = console_client(lyon, user=ben)

    simple = client.post("/console/pin", once(pin="1234", password=PASSWORD))
    wrong = client.post("/console/pin", once(pin="4071", password="not it"))
    assert not StaffPin.objects.filter(user=ben).exists()
    client.post("/console/pin", once(pin="4071", password=PASSWORD))

    assert (simple.status_code, wrong.status_code) == (400, 403)
    assert "4071" not in wrong.content.decode()
    assert StaffPin.objects.filter(user=ben).exists()


def test_what_a_page_asks_by_itself_does_not_keep_the_session_alive():
    lyon, _ada, ben = _colleagues()
    client = console_client(lyon, user=ben)
    client.get("/console/find")
    session = client.session
    session["omni_seen_at"] -= 600
    session.save()

    client.get("/console/find", headers={"X-Omni-Live": "1"})
    untouched = client.session["omni_seen_at"]
    client.get("/console/find")

    assert client.session["omni_seen_at"] - untouched >= 590
