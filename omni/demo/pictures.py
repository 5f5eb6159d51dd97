"""Draws the pictures of the demo's goods: one small SVG for each product and colour.

They are files of ours under ``static/demo``; ``python -m omni.demo.pictures`` draws them anew.
Each stands alone: fixed fills, no script, no style, no ground, so it lies on light and on dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from omni.demo.shapes import SHAPES

FOLDER = Path(__file__).resolve().parents[2] / "static" / "demo"

COLOURS = {
    "black": "#3c4142",
    "blue": "#2f5d8c",
    "camel": "#bd9363",
    "cognac": "#96603a",
    "ecru": "#e2d7bf",
    "espresso": "#5a4130",
    "grey": "#8d9694",
    "honey": "#d9a441",
    "indigo": "#41577e",
    "mint": "#9fbfae",
    "moss": "#66714c",
    "natural": "#d9c7a3",
    "navy": "#33435c",
    "oat": "#d8cab0",
    "rust": "#a9573a",
    "sand": "#c9b48c",
    "sky": "#a9c2d6",
    "teal": "#2c716b",
    "white": "#f8f7f3",
    "wine": "#763843",
}

_BODY = '<g fill="{c}" stroke="{c}" stroke-width="2" stroke-linejoin="round">'
_ROUND = 'stroke-linecap="round"'


def drawing(shape: str, colour: str) -> str:
    """One picture as SVG."""
    inner = SHAPES[shape].replace("{b}", _BODY).replace("{r}", _ROUND)
    # Nearly white goods would be lost on a white page: a thin edge holds them together.
    if colour == "white":
        inner = inner.replace('stroke="{c}" stroke-width="2"', 'stroke="#d9d6cc" stroke-width="1"')
    inner = inner.replace("{c}", COLOURS[colour])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{inner}</svg>\n'


def address(slug: str, colour: str) -> str:
    """Where the picture of a product in a colour lies, below the static files."""
    return f"demo/{slug}-{colour}.svg"


def draw(wanted: Iterable[tuple[str, str, str]], folder: Path = FOLDER) -> int:
    """Write the pictures of (slug, shape, colour). Returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = 0
    for slug, shape, colour in wanted:
        path = folder / Path(address(slug, colour)).name
        path.write_text(drawing(shape, colour))
        drawn += 1
    return drawn


def main() -> None:
    """Draw what the goods of the demo need."""
    from omni.demo.merchant.range import pictures  # noqa: PLC0415  the goods need Django

    print(f"{draw(pictures())} pictures in {FOLDER}")


if __name__ == "__main__":
    main()
