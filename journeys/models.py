"""Registration point of the app's models; each folder's own file says what its rows mean."""

from journeys.timeline.models import Interaction, TimelineMonth, VisitorLink

__all__ = ["Interaction", "TimelineMonth", "VisitorLink"]
