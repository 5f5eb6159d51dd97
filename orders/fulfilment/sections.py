"""The part of an order's page that tells how its goods reach the customer."""

from __future__ import annotations

from orders.fulfilment.output import ORDER_SECTION
from orders.sales.sections import register_section

register_section(ORDER_SECTION)
