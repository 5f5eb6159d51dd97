"""What is wrong with a page as it stands in the browser, in words."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Request, Response

MOST_BYTES = 200_000
# Script of libraries: the viewer of the schema, and what Django's admin brings along.
HEAVY = ("/api/docs/", "/admin/")
PLAIN = (".css", ".js", ".svg", ".json")
# Beyond axe's own choice: fingers need their room (WCAG 2.2, 2.5.8).
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# Heard by the page itself, since Chromium tells the console of some violations only.
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", event => window.__violations.push(
  `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
# Text that cannot be read: beyond the edge of the page or of its box, without dots that say so.
CUT = """
() => {
  const found = [], edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > edge + 1)
    found.push(`the page is ${document.documentElement.scrollWidth - edge} px too wide`);
  const told = (node) => {
    const name = node.tagName.toLowerCase() + (node.id ? "#" + node.id : "")
      + [...node.classList].map(each => "." + each).join("");
    return `${name} “${(node.textContent || "").trim().replace(/\\s+/g, " ").slice(0, 40)}”`;
  };
  const speaks = (node) => [...node.childNodes].some(
    each => each.nodeType === Node.TEXT_NODE && each.data.trim());
  const moves = (node, axis) => {
    for (let up = node.parentElement; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (/auto|scroll/.test(axis === "x" ? style.overflowX : style.overflowY)) return true;
      if (style.position === "fixed") return false;
    }
    return false;
  };
  for (const node of document.body.querySelectorAll("*")) {
    if (node.closest("svg, dialog:not([open]), option, .said, .skip, [aria-hidden=true]")) continue;
    if (!node.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) continue;
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (box.width < 2 || box.height < 2) continue;
    const hides = /hidden|clip/.test(style.overflowX);
    const hidesDown = /hidden|clip/.test(style.overflowY);
    const dots = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
    if (hides && !dots && node.clientWidth && node.scrollWidth > node.clientWidth + 1
        && node.textContent.trim() && !moves(node, "x"))
      found.push(`cut at its side: ${told(node)}`);
    else if (!hides && speaks(node) && style.display !== "inline" && node.clientWidth
        && node.scrollWidth > node.clientWidth + 1 && !/auto|scroll/.test(style.overflowX))
      found.push(`text beyond its box: ${told(node)}`);
    if (hidesDown && style.webkitLineClamp === "none" && speaks(node)
        && node.scrollHeight > node.clientHeight + 3)
      found.push(`cut below: ${told(node)}`);
    if (speaks(node) && (box.right > edge + 1 || box.left < -1) && !moves(node, "x"))
      found.push(`beyond the edge: ${told(node)}`);
  }
  return found.slice(0, 12);
}
"""
LOADED = """
async () => {
  await document.fonts.ready;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const entries = [...performance.getEntriesByType("navigation"),
                   ...performance.getEntriesByType("resource")];
  return {
    paint: paint ? paint.startTime : 0,
    violations: window.__violations || [],
    files: entries.map(each => [each.name, each.encodedBodySize, each.decodedBodySize]),
  };
}
"""


class Eye:
    """Looks at one page after the other in a browser window."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page, self.base_url = page, base_url
        self.heard: list[str] = []
        page.add_init_script(WATCH)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"error of script: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # Chromium tells the console of every answer above 400; the status is judged by itself.
        if message.type in ("error", "warning") and "the server responded" not in message.text:
            self.heard.append(f"console: {message.text[:300]}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.base_url, "data:", "blob:", "about:")):
            self.heard.append(f"another host: {request.url[:100]}")

    def open(self, path: str) -> Response | None:
        """Go there; what is heard from now on belongs to this page."""
        self.heard.clear()
        return self.page.goto(path)

    def faults(self, sizes: Sizes) -> Iterator[str]:
        """What is wrong with the page that is open. ``bytes`` and ``paint`` stay in ``sizes``."""
        seen = self.page.evaluate(LOADED)
        yield from dict.fromkeys(self.heard)
        for each in dict.fromkeys(seen["violations"]):
            yield f"policy: {each}"
        yield from dict.fromkeys(self.page.evaluate(CUT))
        sizes.note(seen)
        if sizes.bytes > MOST_BYTES and not any(each in self.page.url for each in HEAVY):
            yield f"{sizes.bytes // 1000} kB on the first load"

    def barriers(self) -> Iterator[str]:
        """What axe-core finds."""
        for rule in Axe().run(self.page, options=RULES).response["violations"]:
            where = [" ".join(map(str, node["target"])) for node in rule["nodes"]]
            yield f"axe: {rule['id']} ({rule['impact']}, {len(where)}): {'; '.join(where[:3])}"


class Sizes:
    """How much pages load when nothing of theirs is kept yet, compressed."""

    def __init__(self) -> None:
        self._packed: dict[str, int] = {}
        self.bytes, self.paint = 0, 0.0

    def note(self, seen: dict[str, Any]) -> None:
        self.paint = seen["paint"]
        self.bytes = sum(self._size(*each) for each in seen["files"])

    def _size(self, url: str, encoded: int, decoded: int) -> int:
        """Files that a development server sends as they are count as a web server would pack
        them."""
        if encoded != decoded or not urlsplit(url).path.endswith(PLAIN):
            return encoded
        name = urlsplit(url).path.removeprefix(settings.STATIC_URL)
        if name not in self._packed:
            source = finders.find(name)
            packed = len(gzip.compress(Path(source).read_bytes())) if source else encoded
            self._packed[name] = packed
        return self._packed[name]
