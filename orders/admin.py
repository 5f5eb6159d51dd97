"""The back office of the app: each folder's own admin.py registers its pages."""

from orders.payments import admin as payments

__all__ = ["payments"]
