"""What the floor itself listens to."""

from omni.events.subscriptions import ALL, subscribe
from omni.webhooks.deliveries import make_deliveries

subscribe(name="webhooks", to=ALL, handler=make_deliveries)
