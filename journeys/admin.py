"""The admin pages of the app's folders."""

from journeys.timeline import admin as timeline

__all__ = ["timeline"]
