"""What browsers load: unchanged from its packages, from our server alone, small and compressed."""

import gzip
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.test import override_settings

from omni import static
from omni.console.styleguide import icon_names

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
OURS = [*STATIC.glob("omni/*.css"), *STATIC.glob("omni/*.js"), *STATIC.glob("omni/*.svg")]
# What the first page of the console loads; the Latin font alone, since each script has its own.
FIRST_LOAD = (
    "omni/omni.css", "omni/console.js", "omni/icons.svg", "vendor/htmx.min.js",
    "vendor/idiomorph-ext.min.js", "vendor/inter-latin.woff2",
)  # fmt: skip


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_vendored_files_are_those_of_their_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = load("requirements/vendor.py")
    assert vendor.problems() == []

    shutil.copytree(STATIC / "vendor", tmp_path / "vendor")
    shutil.copytree(STATIC / "omni", tmp_path / "omni")
    (tmp_path / "vendor" / "htmx.min.js").write_text("changed")
    (tmp_path / "vendor" / "more.js").write_text("of nobody")
    monkeypatch.setattr(vendor, "VENDOR", tmp_path / "vendor")

    wrong = "\n".join(vendor.problems())
    assert "htmx.min.js is not what was recorded" in wrong
    assert "more.js is in no package" in wrong


def test_own_files_name_no_other_host() -> None:
    foreign = re.compile(r"""(?:https?:)?//[a-z0-9-]+\.[a-z]""")

    found = {
        file.name: lines
        for file in OURS
        if (lines := foreign.findall(file.read_text().replace("http://www.w3.org/", "")))
    }

    assert OURS
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<button onclick="go()">',
        '<link rel="stylesheet" href="https://cdn.example/a.css">',
    ],
)
def test_templates_are_refused_what_the_policy_forbids(text: str) -> None:
    forbidden = load(".ci/templates.py").FORBIDDEN

    assert any(pattern.search(text) for pattern in forbidden.values())


def test_icons_named_in_templates_are_in_the_sprite() -> None:
    named = re.compile(r"""{% icon ["']([a-z0-9-]+)["']""")
    known = set(icon_names())

    missing = {
        f"{file.name}: {name}"
        for file in (ROOT / "templates").rglob("*.html")
        for name in named.findall(file.read_text())
        if name not in known
    }

    assert known
    assert missing == set()


def test_parts_of_screens_say_their_parameters() -> None:
    parts = sorted((ROOT / "templates/console/components").glob("*.html"))

    silent = [part.name for part in parts if not part.read_text().startswith("{% comment %}")]

    assert parts
    assert silent == []
    for part in parts:
        get_template(f"console/components/{part.name}")


def test_first_page_loads_less_than_200_kb() -> None:
    sizes = {
        name: len(content if name.endswith("woff2") else gzip.compress(content))
        for name in FIRST_LOAD
        if (content := (STATIC / name).read_bytes())
    }

    assert sum(sizes.values()) < 185_000, sizes


def test_gathered_files_are_named_by_content_and_compressed(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    ignored = [f"--ignore={each}" for each in (*static.IGNORED, "admin", "drf_spectacular*")]
    done = subprocess.run(
        [*command, *ignored],
        cwd=ROOT,
        env={"STATIC_ROOT": str(tmp_path), "PATH": "", "OMNI_VAR_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    sheet = next(tmp_path.glob("omni/omni.*.css"))
    compressed = sheet.with_name(f"{sheet.name}.gz").read_bytes()
    assert gzip.decompress(compressed) == sheet.read_bytes()
    assert re.search(r"vendor/inter-latin\.[0-9a-f]{12}\.woff2", sheet.read_text())


def test_stamp_changes_with_the_sources(tmp_path: Path) -> None:
    (tmp_path / "own.css").write_text("p {}")
    with override_settings(STATICFILES_DIRS=[tmp_path]):
        before = static.stamp_of_sources()

        (tmp_path / "own.css").write_text("p { }")

        assert static.stamp_of_sources() != before


def test_pages_are_compressed_and_answers_of_the_api_are_not() -> None:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_ENCODING"] = "gzip"
    page, answer = HttpResponse("<p>" * 1000), JsonResponse({"rows": ["x"] * 1000})
    compression = static.PageCompression(lambda request: page)

    sent = [compression.process_response(request, each) for each in (page, answer)]

    assert [each.headers.get("Content-Encoding") for each in sent] == ["gzip", None]
    assert gzip.decompress(page.content) == b"<p>" * 1000
