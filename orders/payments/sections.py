"""The part of an order's page that tells how it is paid."""

from __future__ import annotations

from orders.payments.outputs import ORDER_SECTION
from orders.sales.sections import register_section

register_section(ORDER_SECTION)
