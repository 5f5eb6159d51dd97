"""The customer: sign-up with a code from the mail, sign-in, and what the account holds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from omni.shop import words
from omni.shop.basket import Basket
from omni.shop.client import ShopProblem
from omni.shop.forms import (
    AddressForm,
    CodeForm,
    EmailForm,
    NewPasswordForm,
    SignInForm,
    SignUpForm,
)
from omni.shop.page import ShopPage

SIGN_UP, RESET = "sign-up", "reset"
ORDERS_SHOWN, TOUCHES_SHOWN = 10, 20


class _Entrance(ShopPage):
    """A page by which one comes in."""

    def device(self) -> str:
        """How the customer finds this device in their list; the house its earlier history."""
        return self.visitor.device or _browser(self.request.headers.get("User-Agent", ""))

    def come_in(self, session: dict[str, Any], to: str) -> HttpResponse:
        """Signed in; a guest's cart joins the customer's own."""
        self.api.session = self.visitor.session = session["token"]
        account = self.api.get("account")
        self.visitor.name = (account["given_name"] or account["name"]).partition(" ")[0][:40]
        self.visitor.challenge = []
        Basket(self.api, self.visitor).follow_customer()
        return self.lead(to, _("Welcome, %(name)s.") % {"name": self.visitor.name or _("you")})

    def next(self) -> str:
        given = self.request.POST.get("next") or self.request.GET.get("next") or ""
        return self.way(given, self.url("account"))


def _browser(agent: str) -> str:
    known = ("Edg", "Firefox", "Chrome", "Safari", "curl")
    name = next((each for each in known if each in agent), "")
    return {"Edg": "Edge"}.get(name, name) or "Browser"


class SignIn(_Entrance):
    """With e-mail address and password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.fresh(SignInForm)
        return self.show("sign_in", {"title": _("Sign in"), "form": form, "next": self.next()})

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.form(SignInForm).cleaned_data
        session = self.api.post("account/session", given | {"device": self.device()})
        return self.come_in(session, self.next())


class SignUp(_Entrance):
    """Ask for an account; a code goes to the address."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.fresh(SignUpForm)
        return self.show("sign_up", {"title": _("New here"), "form": form, "next": self.next()})

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.form(SignUpForm).cleaned_data
        sent = self.api.post("account/sign-up", given | {"language": self.language})
        self.visitor.challenge = [sent["challenge_id"], SIGN_UP, given["email"], self.next()]
        return self.lead(self.url("code"))


class Code(_Entrance):
    """The code from the mail opens the account, or the way to a new password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not self.visitor.challenge:
            return self.lead(self.url("sign-in"))
        _id, kind, email, _to = self.visitor.challenge
        form = self.fresh(NewPasswordForm if kind == RESET else CodeForm)
        return self.show("code", {"title": _("Code"), "form": form, "email": email, "kind": kind})

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.visitor.challenge:
            return self.lead(self.url("sign-in"))
        challenge, kind, _email, to = self.visitor.challenge
        form = self.form(NewPasswordForm if kind == RESET else CodeForm)
        proof = {"challenge_id": challenge, "device": self.device(), **form.cleaned_data}
        path = "account/password/reset/confirm" if kind == RESET else "account/verify"
        return self.come_in(self.api.post(path, proof), to)


class Forgotten(_Entrance):
    """Ask for a new password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("forgotten", {"title": _("New password"), "form": self.fresh(EmailForm)})

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.form(EmailForm).cleaned_data
        sent = self.api.post("account/password/reset", given)
        self.visitor.challenge = [sent["challenge_id"], RESET, given["email"], self.url("account")]
        return self.lead(self.url("code"))


class SignOut(ShopPage):
    """This device no longer knows the customer."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.visitor.is_signed_in:
            try:
                self.api.delete("account/session")
            except ShopProblem as problem:
                if problem.status != 401:  # a session that ended by itself is signed out
                    raise
        self.visitor.sign_out()
        return self.lead(self.url("home"), _("You are signed out."))


class _OfCustomer(ShopPage):
    needs_account = True

    def back(self) -> str:
        return self.url("account")


class Account(_OfCustomer):
    """Orders, addresses, what is allowed, where one is signed in, and what happened."""

    def get(self, request: HttpRequest) -> HttpResponse:
        cursor = request.GET.get("cursor", "")
        orders = self.api.get("account/orders", {"limit": ORDERS_SHOWN, "cursor": cursor})
        return self.show(
            "account",
            {
                "title": _("Your account"),
                "account": self.api.get("account"),
                "orders": [
                    {**row, "standing": words.standing_of_order(row["status"])}
                    for row in orders["results"]
                ],
                "older": orders["next"],
                "addresses": self.api.get("account/addresses")["results"],
            },
        )


class History(_OfCustomer):
    """Everything that happened, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = {"limit": TOUCHES_SHOWN, "cursor": request.GET.get("cursor", "")}
        page = self.api.get("account/timeline", wanted)
        return self.show("history", {"title": _("What happened"), "page": page})


class Privacy(_OfCustomer):
    """What the customer allows, and the devices on which they are signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        decided = {row["purpose"]: row for row in self.api.get("account/consents")["results"]}
        return self.show(
            "privacy",
            {
                "title": _("Consents and devices"),
                "consents": [
                    {**decided[code], "name": name, "words": asked}
                    for code, (name, asked) in words.PURPOSES.items()
                    if code in decided
                ],
                "devices": [
                    {**row, "device": _device(row["device"])}
                    for row in self.api.get("account/session")["results"]
                ],
            },
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        purpose = request.POST.get("purpose", "")
        if purpose not in words.PURPOSES:
            raise ShopProblem(400, {"code": "invalid"})
        is_granted = request.POST.get("is_granted") == "yes"
        decision = {"purpose": purpose, "is_granted": is_granted}
        if is_granted:
            decision["wording"] = str(words.PURPOSES[purpose][1])
        self.api.post("account/consents", decision)
        return self.lead(self.url("privacy"), _("We noted it."))


def _device(name: str) -> str:
    try:
        UUID(name)
    except ValueError:
        return name or _("A browser")
    return _("A browser")


class EndSession(_OfCustomer):
    """Another device is signed out."""

    def post(self, request: HttpRequest, session: UUID) -> HttpResponse:
        self.api.delete(f"account/session/{session}")
        return self.lead(self.url("privacy"), _("That device is signed out."))


class AddAddress(_OfCustomer):
    """Another address in the book."""

    def get(self, request: HttpRequest) -> HttpResponse:
        country = self.channel["country"]
        known = {"country": country, "recipient": self.api.get("account")["name"]}
        form = self.fresh(AddressForm, first=country, initial=known)
        return self.show("address", {"title": _("New address"), "form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        given = dict(self.form(AddressForm).cleaned_data)
        given["name"] = given.pop("recipient") or self.api.get("account")["name"]
        saved = self.api.post("account/addresses", given)
        said = " ".join(each["message"] for each in saved["warnings"])
        if said:
            return self.lead(self.url("account"), said, tone="wait")
        return self.lead(self.url("account"), _("The address is saved."))


class ChangeAddress(_OfCustomer):
    """An address becomes the first one, or goes."""

    def post(self, request: HttpRequest, address: UUID) -> HttpResponse:
        if request.POST.get("act") == "remove":
            self.api.delete(f"account/addresses/{address}")
            return self.lead(self.url("account"), _("The address is gone."))
        self.api.patch(f"account/addresses/{address}", {"is_default": True})
        return self.lead(self.url("account"), _("This address is offered first now."))
