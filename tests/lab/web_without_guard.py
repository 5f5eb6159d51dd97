"""The product's web with the control in place of the stock's guard: for gunicorn, in the lab."""

from omni.wsgi import application
from tests.lab.stock_without_guard import stock_without_guard

__all__ = ["application"]

# For the life of this process, and of no other.
_control = stock_without_guard()
_control.__enter__()
