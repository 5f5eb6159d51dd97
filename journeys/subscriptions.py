"""What the app listens to: what concerns a customer becomes a touchpoint, some of it a message."""

from journeys.messaging.listening import EVENTS
from journeys.messaging.operations import call_unreached, tell_customers
from journeys.messaging.unreached import EVENTS as UNREACHED
from journeys.timeline.operations import project_events
from journeys.timeline.projection import TimelineProjection
from omni.events.subscriptions import ALL, subscribe

# Every event, now and later: which of them concern a customer is said by the event itself.
subscribe(name="timeline", to=ALL, handler=project_events, projection=TimelineProjection())

subscribe(name="messages", to=EVENTS, handler=tell_customers)
subscribe(name="unreached", to=UNREACHED, handler=call_unreached)
