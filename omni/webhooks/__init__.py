"""Webhooks out: what happened, told to other systems."""
