"""The end of a day in the full demo: terminals beside our books, the safe counted, the bank."""

from __future__ import annotations

from omni.access.actor import Actor
from omni.demo.merchant.plan import Step
from omni.demo.merchant.stage import MANAGER, Stage
from orders.pos import operations as pos
from orders.pos.day_figures import card_by_register
from orders.pos.denominations import denominations_of
from orders.pos.models import Safe, StoreDay, StoreDayStatus

# The bank gets all above this once there is more than twice as much.
STAYS = 30_000
NOTE = 500


def close_day(stage: Stage, step: Step) -> None:
    """A manager closes the day once its shifts are over."""
    store = step.story.store
    day = StoreDay.objects.filter(
        location=stage.locations[store], business_date=step.at.date(), status=StoreDayStatus.OPEN
    ).first()
    if day is not None:
        reconcile(day, stage.crew(store, MANAGER))


def reconcile(day: StoreDay, manager: Actor) -> None:
    """All that closing takes."""
    pos.begin_reconciling(day_id=day.pk, actor=manager)
    for number, (register_id, total) in enumerate(sorted(card_by_register(day.pk).items())):
        pos.enter_terminal_batch(
            day_id=day.pk,
            register_id=register_id,
            total_minor=total,
            batch_number=f"{day.business_date:%y%m%d}-{number + 1}",
            actor=manager,
        )
    _count_safe(day, manager)
    pos.close_day(day_id=day.pk, actor=manager)


def _count_safe(day: StoreDay, manager: Actor) -> None:
    safe = Safe.objects.filter(location_id=day.location_id, currency=day.currency).first()
    balance = safe.balance_minor if safe else 0
    counted = max(0, balance)
    pos.count_safe(
        day_id=day.pk,
        denominations=in_cash(counted, day.currency),
        reason="Refunds were paid from the float" if counted != balance else "",
        actor=manager,
    )
    if balance > 2 * STAYS:
        pos.make_deposit(
            day_id=day.pk,
            denominations=in_cash((balance - STAYS) // NOTE * NOTE, day.currency),
            request_key=f"demo:{day.pk}",
            actor=manager,
        )


def in_cash(amount_minor: int, currency: str) -> dict[str, int]:
    """The fewest notes and coins that make a sum."""
    found: dict[str, int] = {}
    for value in reversed(denominations_of(currency)):
        count, amount_minor = divmod(amount_minor, value)
        if count:
            found[str(value)] = count
    return found
