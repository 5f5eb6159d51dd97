"""Fails when a template of ours does not compile, or breaks the content security policy."""

import os
import re
import sys
from pathlib import Path

import django
from django.template import TemplateSyntaxError
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script in the page": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*json)", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an address of another host": re.compile(
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//", re.IGNORECASE
    ),
}


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omni.settings")
    django.setup()
    folder = ROOT / "templates"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    wrong = [line for file in files for line in problems(file, str(file.relative_to(folder)))]
    print("\n".join(wrong) or f"templates: {len(files)} files")
    return 1 if wrong else 0


def problems(file: Path, name: str) -> list[str]:
    found = []
    try:
        get_template(name)
    except TemplateSyntaxError as error:
        found.append(f"templates/{name}: {error}")
    if file.suffix == ".html" and not name.startswith("email/"):
        text = file.read_text()
        found += [
            f"templates/{name}: has {what}" for what, at in FORBIDDEN.items() if at.search(text)
        ]
    return found


if __name__ == "__main__":
    sys.exit(main())
