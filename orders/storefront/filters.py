"""A filter of a list must name something: a word that is not known is told, not answered empty.

Whoever finds something named something, so only an empty list is looked into.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.core.statements import hot_cursor
from omni.rest.serializers import refused
from orders.storefront.queries import ChannelFacts, ProductSearch

_KNOWN = """
SELECT EXISTS (SELECT FROM inventory_category WHERE slug = %(category)s),
       EXISTS (SELECT FROM inventory_location p
               JOIN inventory_channellocation c ON c.location_id = p.id
               WHERE p.code = %(store)s AND c.channel_id = %(channel)s)
"""


def check_known(*, channel: ChannelFacts, wanted: ProductSearch) -> None:
    """Category and store of a search are there, for this channel. One statement, if any is named.

    Raises: Invalid, naming the parameter.
    """
    if not wanted.category and not wanted.store:
        return
    values = {"category": wanted.category, "store": wanted.store, "channel": channel.id}
    with hot_cursor() as cursor:
        cursor.execute(_KNOWN, values)
        knows_category, knows_store = cursor.fetchone()
    if wanted.category and not knows_category:
        raise refused("category", "unknown_category", _("There is no category of this slug."))
    if wanted.store and not knows_store:
        raise refused("store", "unknown_store", _("This channel has no store of this code."))
