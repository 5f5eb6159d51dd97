"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from customers.accounts import api as accounts
from customers.consent import api as consent
from customers.identity import api as identity
from customers.profiles import api as profiles

urlpatterns: list[URLPattern | URLResolver] = [
    path("account", accounts.MyAccount.as_view()),
    path("account/sign-up", accounts.SignUp.as_view()),
    path("account/verify", accounts.Verify.as_view()),
    path("account/session", accounts.Session.as_view()),
    path("account/session/<uuid:session_id>", accounts.SessionById.as_view()),
    path("account/password", accounts.Password.as_view()),
    path("account/password/reset", accounts.PasswordReset.as_view()),
    path("account/password/reset/confirm", accounts.PasswordResetConfirm.as_view()),
    path("account/email", accounts.EmailChange.as_view()),
    path("account/email/confirm", accounts.EmailChangeConfirm.as_view()),
    path("account/addresses", profiles.Addresses.as_view()),
    path("account/addresses/<uuid:address_id>", profiles.AddressById.as_view()),
    path("account/consents", consent.Consents.as_view()),
    path("staff/customers", identity.StaffCustomers.as_view()),
    path("staff/customers/<uuid:customer_id>", identity.StaffCustomer.as_view()),
    path("staff/customers/<uuid:customer_id>/identifiers", identity.StaffIdentifiers.as_view()),
    path(
        "staff/customers/<uuid:customer_id>/identifiers/<int:identifier_id>",
        identity.StaffIdentifier.as_view(),
    ),
    path("staff/customers/<uuid:customer_id>/notes", profiles.CustomerNotes.as_view()),
    path("staff/customers/<uuid:customer_id>/block", profiles.BlockCustomer.as_view()),
    path("staff/customers/<uuid:customer_id>/unblock", profiles.UnblockCustomer.as_view()),
    path("staff/customers/<uuid:customer_id>/consents", consent.CustomerConsents.as_view()),
]

# The store's pages, below /console/.
screens: list[URLPattern | URLResolver] = []

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = []
