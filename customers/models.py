"""Registration point of the app's models; each folder's own file says what its rows mean."""

from customers.accounts.models import Account
from customers.consent.models import Consent
from customers.identity.models import Identifier
from customers.profiles.models import Address, Customer, Note

__all__ = ["Account", "Address", "Consent", "Customer", "Identifier", "Note"]
