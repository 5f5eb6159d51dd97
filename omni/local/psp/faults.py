"""What goes wrong on purpose, and how often.

Decided here: every fault is a rate drawn from one seeded generator, or a one-shot order for the
next call of an operation (``once``), so that a test can name the failure that it wants. Faults
touch answers and deliveries only; the journal itself always tells the truth.
"""

import random
import threading
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

CALL_FAULTS = ("timeout_before", "timeout_after", "error_before", "error_after", "slow")
OPERATIONS = ("payment", "capture", "void", "refund", "read")


class BadFaults(ValueError):
    """The settings for faults are not understood; nothing was changed."""


@dataclass(frozen=True)
class FaultSettings:
    """Rates are probabilities from 0 to 1, times are seconds."""

    seed: int = 0
    timeout_before: float = 0.0
    timeout_after: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 1.0
    hang_seconds: float = 30.0
    decline_rate: float = 0.0
    refund_failure_rate: float = 0.0
    async_refund_seconds: float = 0.0
    duplicate_webhooks: float = 0.0
    duplicate_count: int = 3
    shuffle_webhooks_seconds: float = 0.0
    drop_webhooks: float = 0.0
    late_seconds: float = 5.0
    once: tuple[tuple[str, str], ...] = field(default=())


class Faults:
    """The settings in force and the generator that draws from them; shared by all threads."""

    def __init__(self, settings: FaultSettings) -> None:
        self._lock = threading.Lock()
        self.set(settings)

    def set(self, settings: FaultSettings) -> None:
        with self._lock:
            self.settings = settings
            self._random = random.Random(settings.seed)  # noqa: S311 - repeatable, not secret
            self._once = list(settings.once)

    def describe(self) -> dict[str, Any]:
        with self._lock:
            return asdict(replace(self.settings, once=tuple(self._once)))

    def chance(self, rate: float) -> bool:
        if rate <= 0:
            return False
        with self._lock:
            return self._random.random() < rate

    def uniform(self, upper: float) -> float:
        with self._lock:
            return self._random.uniform(0, upper)

    def of_call(self, operation: str) -> str | None:
        """The fault that befalls this call, if any: a one-shot order first, then the rates."""
        with self._lock:
            for position, (wanted, fault) in enumerate(self._once):
                if wanted == operation:
                    del self._once[position]
                    return fault
        return next((f for f in CALL_FAULTS if self.chance(getattr(self.settings, f))), None)


def parse(given: object) -> FaultSettings:
    """Settings from their JSON form. What is left out is off."""
    if not isinstance(given, dict):
        raise BadFaults("An object is expected.")
    known: dict[str, Any] = {f.name: f.default for f in fields(FaultSettings) if f.name != "once"}
    if unknown := sorted(set(given) - set(known) - {"once"}):
        raise BadFaults(f"Unknown settings: {', '.join(unknown)}.")
    values: dict[str, Any] = {"once": _parse_once(given.get("once", []))}
    for name, default in known.items():
        value = given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadFaults(f"{name} must be a number of at least 0.")
        values[name] = type(default)(value)
    return FaultSettings(**values)


def _parse_once(given: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, list | tuple):
        raise BadFaults("once must be a list of [operation, fault] pairs.")
    pairs = []
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise BadFaults("once must be a list of [operation, fault] pairs.")
        operation, fault = pair
        if operation not in OPERATIONS or fault not in CALL_FAULTS:
            raise BadFaults(f"once knows {OPERATIONS} with {CALL_FAULTS}.")
        pairs.append((operation, fault))
    return tuple(pairs)
