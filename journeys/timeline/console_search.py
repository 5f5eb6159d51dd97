"""Finding a customer, and making one in two fields."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from journeys.timeline.console_forms import NewCustomerForm
from journeys.timeline.finding import candidates, register_customer
from journeys.timeline.showing import customer_url
from omni.access.permissions import Permission
from omni.screens import codes
from omni.screens.views import KEY_FIELD, Done, Screen


class Customers(Screen):
    """One field: results come while one types; Enter opens the only one."""

    permission = Permission.CUSTOMERS_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        text = codes.cleaned(request.GET.get("q", ""))
        found = candidates(actor=self.actor, text=text) if text else None
        if found and len(found.found) == 1 and request.GET.get("go"):
            return self.go(customer_url(found.found[0].customer.id))
        context = {"text": text, "found": found, "form": self.fresh(NewCustomerForm)}
        return self.show("console/customers/customers.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._register)

    def _register(self) -> Done:
        given = self.form(NewCustomerForm).cleaned_data
        made = register_customer(
            name=given["name"],
            contact=given["contact"],
            place=self.place,
            key=self.request.POST.get(KEY_FIELD, ""),
            actor=self.actor,
        )
        named = {"name": made.customer.name or given["name"]}
        said = _("%(name)s is known now") if made.created else _("%(name)s was known already")
        return Done(customer_url(made.customer.id), said % named)
