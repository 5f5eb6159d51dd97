"""The back office of the app: each folder's own admin.py registers its pages."""

from orders.checkout import admin as checkout
from orders.payments import admin as payments
from orders.pricing import admin as pricing
from orders.sales import admin as sales

__all__ = ["checkout", "payments", "pricing", "sales"]
