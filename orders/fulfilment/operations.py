"""All writes of this folder, by name; each capability has its own file beside this one."""

from orders.fulfilment.creation import create_fulfilment_orders

__all__ = ["create_fulfilment_orders"]
