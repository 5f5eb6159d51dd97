"""Who stands at the device: change of person by PIN, and one's own PIN."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access import pins
from omni.access.sessions import device_of, switch_session
from omni.core.errors import NotFound
from omni.screens.views import STAFF, Screen

DIGITS = {"inputmode": "numeric", "autocomplete": "off", "maxlength": "8"}


class PinForm(forms.Form):
    """A PIN as it is typed on the pad."""

    pin = forms.CharField(
        label=gettext_lazy("PIN"), max_length=8, widget=forms.PasswordInput(attrs=DIGITS)
    )


class OwnPinForm(PinForm):
    """A new PIN, with the password that proves whose it is."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ChoosePerson(Screen):
    """Who goes on at this device: the colleagues of the store."""

    permission = STAFF

    def get(self, request: HttpRequest) -> HttpResponse:
        people = pins.people_at(self.place.location_id)
        others = [each for each in people if each.user_id != self.actor.user_id]
        return self.show("console/person/switch.html", {"people": others})


class SwitchPerson(Screen):
    """Somebody else goes on at this device, with their own open work."""

    permission = STAFF

    def get(self, request: HttpRequest, person: UUID) -> HttpResponse:
        wanted = pins.people_at(self.place.location_id, user_id=person)
        if not wanted:
            raise NotFound
        context = {"wanted": wanted[0], "form": self.fresh(PinForm)}
        return self.show("console/person/switch.html", context)

    def post(self, request: HttpRequest, person: UUID) -> HttpResponse:
        pin = self.form(PinForm).cleaned_data["pin"]
        device = device_of(request, location_id=self.place.location_id)
        user = pins.switch_by_pin(device=device, user_id=person, pin=pin, actor=self.actor)
        switch_session(request, user)
        messages.success(request, _("Hello %(name)s") % {"name": user})
        return self.go(reverse("console:today"))


class OwnPin(Screen):
    """Set or change the PIN by which one takes over a device."""

    permission = STAFF
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("console/person/own_pin.html", {"form": self.fresh(OwnPinForm)})

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.form(OwnPinForm).cleaned_data
        pins.set_own_pin(pin=given["pin"], password=given["password"], actor=self.actor)
        return self.go(reverse("console:today"), _("Your PIN is set"))
