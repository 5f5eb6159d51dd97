"""Omni: the wiring of the product. Only the Celery app is imported here."""

from omni.celery import app as celery_app

__all__ = ["celery_app"]
