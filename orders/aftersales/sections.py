"""The part of an order's page that tells what came back of it."""

from __future__ import annotations

from orders.aftersales.output import ORDER_SECTION
from orders.sales.sections import register_section

register_section(ORDER_SECTION)
