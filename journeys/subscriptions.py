"""What the app listens to: everything that concerns a customer becomes a touchpoint."""

from journeys.timeline.operations import project_events
from journeys.timeline.projection import TimelineProjection
from omni.events.subscriptions import ALL, subscribe

# Every event, now and later: which of them concern a customer is said by the event itself.
subscribe(name="timeline", to=ALL, handler=project_events, projection=TimelineProjection())
