"""One running product for all experiments of a run: started once, stopped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from omni.lab import merchant, stage
from omni.lab.merchant import Merchant
from omni.lab.stage import Stage

IN_FULL = bool(os.environ.get("OMNI_PROVE"))


@dataclass(frozen=True, slots=True)
class Lab:
    """The product and a merchant on it; ``runs`` is how often, in full or a tenth."""

    stage: Stage
    merchant: Merchant

    def runs(self, in_full: int, otherwise: int) -> int:
        return in_full if IN_FULL else otherwise


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with stage.running() as started:
        yield Lab(started, merchant.move_in(started, scarce=24))
