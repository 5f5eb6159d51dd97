"""Days are told in small letters within a sentence, on every page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from omni.screens import words
from omni.screens.reasons import reason_name
from orders.pos.console_choice import REASONS

NOW = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)
SENTENCE = re.compile(r"\{% blocktranslate ([^%]*?)%\}(.*?)\{%", re.DOTALL)
DAY = re.compile(r"(\w+)=[\w.]+\|(?:when|day|moment|hour_at:[\w.]+)(\|within)?(?=\s|$)")


def loud(text: str) -> list[str]:
    """Days of a template that stand within a sentence, yet begin with a capital letter."""
    found = []
    for terms, body in SENTENCE.findall(text):
        for name, within in DAY.findall(terms):
            before = body.partition(f"{{{{ {name} }}}}")[0]
            if before != body and re.search(r"[A-Za-z]", before) and not within:
                found.append(f"{before}{{{{ {name} }}}}")
    return found


def test_days_within_a_sentence_are_not_shouted() -> None:
    files = sorted(Path("templates").rglob("*.html"))

    assert {str(file): loud(file.read_text()) for file in files if loud(file.read_text())} == {}
    # The control: a page that forgot it is found.
    control = "{% blocktranslate with at=shop.at|when %}opens {{ at }}{% endblocktranslate %}"
    assert loud(control) == ["opens {{ at }}"]
    assert loud(control.replace("|when", "|when|within")) == []


@pytest.mark.parametrize(
    ("days", "told"), [(0, "for 09:30"), (1, "for 09:30"), (-1, "for yesterday 09:30")]
)
def test_clock_tells_days_within_its_sentence(days: int, told: str) -> None:
    due = NOW.replace(hour=9, minute=30) + timedelta(days=days)

    assert words.clock(due, UTC, NOW).hour == told
    assert words.within("Tomorrow 09:30") == "tomorrow 09:30"
    assert words.within("Wed 26 Nov") == "Wed 26 Nov"
    assert words.within("") == ""


def test_reasons_are_told_in_words_from_one_list() -> None:
    asked = ["size", "colour", "quality", "unheard_of", "", "Trop grand pour Marie"]

    told = [reason_name(code) for code in asked]

    assert told == [
        "Size", "Colour", "Quality", "Unheard of", "No reason given", "Trop grand pour Marie",
    ]  # fmt: skip
    assert all(reason_name(code) == str(word) for code, word, _ in REASONS)
