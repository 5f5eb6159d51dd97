"""The back office of the app: importing a folder's pages registers them."""

from customers.accounts import admin as accounts
from customers.consent import admin as consent
from customers.identity import admin as identity
from customers.profiles import admin as profiles

__all__ = ["accounts", "consent", "identity", "profiles"]
