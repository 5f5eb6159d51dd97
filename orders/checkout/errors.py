"""What carts and the checkout refuse, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Invalid


class CartChanged(Conflict):
    """``details``: the current ``version``."""

    code = "cart_changed"
    message = _("The cart was changed meanwhile. Read it again and repeat your change.")


class CartOrdered(Conflict):
    """``details``: the ``order_id``."""

    code = "cart_ordered"
    message = _("This cart was ordered. Start a new one.")


class CartMergedElsewhere(Conflict):
    """``details``: ``cart_id`` of the cart that took it in."""

    code = "cart_merged"
    message = _("This cart was joined with another one. Go on with that one.")


class CartIsExpired(Conflict):
    code = "cart_expired"
    message = _("This cart lay idle too long. Start a new one.")


class CartAtTill(Conflict):
    code = "cart_at_till"
    message = _("This cart is being rung up at a till. Ask there, or wait until it is given back.")


class CartNotAtTill(Conflict):
    code = "cart_not_at_till"
    message = _("This cart is not open at this till. Open it by its code.")


class CartOfOtherCurrency(Conflict):
    """``details``: the cart's ``currency``."""

    code = "cart_currency_differs"
    message = _("This cart is in another currency than the channel. Start a new one.")


class CartEmpty(Conflict):
    code = "cart_empty"
    message = _("There is nothing in the cart. Put something in first.")


class CartFull(Conflict):
    """``details``: the ``limit`` of lines."""

    code = "cart_full"
    message = _("A cart cannot have more lines than this. Order these first, or take some out.")


class QuantityOutOfRange(Invalid):
    """``details``: ``minimum`` and ``maximum``."""

    code = "quantity_out_of_range"
    message = _("A quantity is beyond the limits of a cart line. Choose one from 1 to 9,999.")


class VariantNotOffered(Conflict):
    """``details.lines``: line_id (if it is in the cart) and variant_id of each."""

    code = "variant_not_offered"
    message = _("This is not sold in this channel. Remove it from the cart.")


class MethodNotOffered(Conflict):
    """``details.lines``: line_id, variant_id, method and location_id of each."""

    code = "method_not_offered"
    message = _("This cannot be had in this way at this place. Choose another way or place.")


class LocationMissing(Invalid):
    code = "location_missing"
    message = _("No location is named. Name the one at which it is collected or taken along.")


class ContactMissing(Conflict):
    code = "contact_missing"
    message = _(
        "An e-mail address or a phone number is needed to place an order. Send one as contact."
    )


class AddressMissing(Conflict):
    code = "address_missing"
    message = _("A shipping address is needed for what is shipped. Add one to the cart.")


class PriceChanged(Conflict):
    """``details``: the new ``total``."""

    code = "price_changed"
    message = _("The total differs from the one that was shown. Show the new one and ask again.")


class PaymentNotOffered(Conflict):
    code = "payment_not_offered"
    message = _(
        "Pay at collection is for collected goods, in channels that allow it. Pay another way."
    )


class HoldExpired(Conflict):
    """``details``: ``held_until``, when it ended."""

    code = "hold_expired"
    message = _("The stock kept for this cart is free again. Hold again, or give up the hold.")


class CodeNotValid(Conflict):
    code = "handoff_code_not_valid"
    message = _("This code is unknown, used or too old. Make a new one where the cart is open.")
