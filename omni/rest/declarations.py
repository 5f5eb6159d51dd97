"""Who may call an endpoint, beside the permission codes of ``omni.access.permissions``."""

from typing import Final

PUBLIC: Final = "public"
"""Nobody has to sign in."""
STOREFRONT: Final = "storefront"
"""A channel key."""
ACCOUNT: Final = "account"
"""A channel key and a customer's session."""
