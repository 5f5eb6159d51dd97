"""What a provider has to do for a return once the transaction that asked for it is committed."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction

from orders.aftersales import operations as aftersales


def carry_out_later(case_id: UUID) -> None:
    """Have the provider give back at once what a case is owed; what fails is left to the sweep."""
    transaction.on_commit(partial(aftersales.carry_out, case_id=case_id), robust=True)
