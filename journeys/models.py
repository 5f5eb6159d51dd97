"""Registration point of the app's models; each folder's own file says what its rows mean."""

from journeys.timeline.models import Interaction, VisitorLink

__all__ = ["Interaction", "VisitorLink"]
