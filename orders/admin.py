"""The back office of the app: each folder's own admin.py registers its pages."""

from orders.aftersales import admin as aftersales
from orders.checkout import admin as checkout
from orders.fulfilment import admin as fulfilment
from orders.payments import admin as payments
from orders.pos import admin as pos
from orders.pricing import admin as pricing
from orders.sales import admin as sales

__all__ = ["aftersales", "checkout", "fulfilment", "payments", "pos", "pricing", "sales"]
