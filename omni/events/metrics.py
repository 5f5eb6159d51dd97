"""Lag of the subscriptions as Prometheus gauges, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import Error
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from omni.events.queries import subscription_statuses


class LagCollector(Collector):
    """One query per scrape. While the database is away the gauges are absent, not wrong."""

    def collect(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily(
            "omni_subscription_lag_seconds",
            "Age of the oldest event that a subscription has not handled",
            labels=["subscription"],
        )
        parked = GaugeMetricFamily(
            "omni_subscription_parked_aggregates",
            "Aggregates that a subscription holds back until a person decides",
            labels=["subscription"],
        )
        try:
            statuses = subscription_statuses()
        except Error:
            return
        for status in statuses:
            lag.add_metric([status.name], status.lag_seconds)
            parked.add_metric([status.name], status.parked)
        yield lag
        yield parked

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering asks no database."""
        return []


def register() -> None:
    """Once per process, when the apps are ready."""
    REGISTRY.register(LagCollector())
