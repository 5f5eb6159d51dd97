"""Takes what the pages ship to the browser from its packages, or with --check proves it unchanged.

`make vendor` fetches the packages below (through npm, with whatever registry it is configured for;
and what cuts the font, through uv), compares each with the hash that is pinned here, and writes the
few files that pages load:
`static/vendor/`, with licences, and the icon sprite `static/omni/icons.svg`. The results are
committed, so neither a start nor a build needs npm. `--check` compares them with the hashes in
`static/vendor/VERSIONS.md` and the sprite with ICONS, without a network. Standard library only.

To take a newer version: write it here with the integrity that `npm view` names, run `make vendor`.
"""

import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
SPRITE = ROOT / "static" / "omni" / "icons.svg"
VERSIONS = VENDOR / "VERSIONS.md"


@dataclass(frozen=True)
class Package:
    """One package of the registry and the files that are taken from it."""

    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str] = field(default_factory=dict)
    licence_file: str = "LICENSE"
    # Of fonts: a name, the file that it is cut from, and the letters that are in it.
    cuts: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The files that come of it."""
        return [*self.files.values(), *self.cuts] or ["../omni/icons.svg"]

    @property
    def short(self) -> str:
        return self.name.lstrip("@").replace("/", "-")


# What European names need, and no more: a fifth of the file that has them all.
LATIN_A = "U+0100-017F,U+0192,U+0218-021B,U+1E80-1E85,U+1E9E,U+1EF2-1EF3"
CUTTER = "fonttools[woff]==4.68.0"
LUCIDE = Package(
    "lucide-static",
    "1.62.0",
    "ISC",
    "sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
)
PACKAGES = (
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        "sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        {
            f"files/inter-{script}-wght-normal.woff2": f"inter-{script}.woff2"
            for script in ("latin", "latin-ext", "cyrillic")
        },
        cuts={"inter-latin-a.woff2": ("inter-latin-ext.woff2", LATIN_A)},
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        {"dist/htmx.min.js": "htmx.min.js"},
    ),
    Package(
        "idiomorph",
        "0.8.0",
        "0BSD",
        "sha512-R47JBL+6jHDQvcnbppIUtXXcxi5h6+wuCEEZXnRhUltsgzPFKzThL5PuHppP9ypJuy+7WawcY1TsSBD/iQbMhw==",
        {"dist/idiomorph-ext.min.js": "idiomorph-ext.min.js"},
    ),
    Package(
        "@alpinejs/csp",
        "3.17.4",
        "MIT",
        "sha512-SlRXmqO6kYhnxlg+99etmuzJtE9Lk4QbKjBHqerXzaMflJqoJXdz/SI3IvHJGZ/vRVyC3bR0SSBz40oY7goBeg==",
        {"dist/cdn.min.js": "alpine-csp.min.js"},
        # The package carries none, so its text stands below.
        licence_file="",
    ),
    Package(
        "chart.js",
        "4.6.1",
        "MIT",
        "sha512-hJyniucsFmq//EvXYvJ6c6mahPoI3kaxdjVH8awTaJ/fDNWeSqqqArixMJWkWNN6fcYvPU3HneSANFNYtRi61g==",
        {"dist/chart.umd.min.js": "chart.umd.min.js"},
        licence_file="LICENSE.md",
    ),
    LUCIDE,
)

ALPINE_LICENCE = """\
MIT License

Copyright © 2019-2021 Caleb Porzio and contributors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

# Every icon of the product, by the alphabet; `{% icon "store" %}` draws `#i-store`.
_NAMES = """
archive archive-restore arrow-down arrow-down-right arrow-left arrow-left-right arrow-right
arrow-up arrow-up-down arrow-up-right award badge-check badge-percent ban banknote barcode bell
bell-off bell-ring bookmark box boxes building-2 calculator calendar calendar-clock calendar-days
camera chart-column check chevron-down chevron-left chevron-right chevron-up chevrons-up-down
circle circle-alert circle-check circle-check-big circle-dot circle-question-mark circle-user
circle-x clipboard-check clipboard-list clock clock-alert coins command copy corner-down-left
credit-card delete download ellipsis ellipsis-vertical external-link eye eye-off file-text flag
gift git-merge globe grip-vertical hand-coins hand-helping hash heart history house id-card image
inbox info key-round keyboard languages layers layout-dashboard layout-grid lightbulb link
list-checks list-filter loader-circle lock lock-open log-in log-out mail mail-open map map-pin
maximize megaphone menu message-circle message-square-quote minus monitor monitor-smartphone moon
notebook-pen package package-check package-open package-plus package-search package-x paperclip
pause pencil percent phone phone-incoming phone-outgoing play plus power printer qr-code receipt
receipt-text redo-2 refresh-cw repeat rotate-ccw route ruler save scale scan-barcode scan-line
scan-search search send settings share-2 shield-alert shield-check shirt shopping-bag
shopping-basket shopping-cart siren sliders-horizontal smartphone sparkles split square-check star
store sun sun-moon sunrise sunset tag tags target thumbs-up ticket timer trash-2 trending-down
trending-up triangle-alert truck undo-2 unlink upload user-check user-plus user-round users-round
vault volume-2 volume-x wallet warehouse waypoints wifi wifi-off wrench x zap
"""
ICONS = tuple(_NAMES.split())

# Our own mark, in the same frame as the icons.
MARK = (
    '<symbol id="i-mark" viewBox="0 0 28 28"><circle cx="14" cy="14" r="10.5" stroke-width="3"/>'
    '<circle cx="14" cy="14" r="3.6" fill="currentColor" stroke="none"/></symbol>'
)


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        wrong = problems()
        print("\n".join(wrong) or f"vendor: {len(recorded())} files", file=sys.stderr)
        return 1 if wrong else 0
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            take(package, Path(scratch))
    VERSIONS.write_text(versions())
    return 0


def take(package: Package, scratch: Path) -> None:
    """Fetches one package, proves its hash and writes its files."""
    folder = scratch / package.short
    folder.mkdir()
    command = ["npm", "pack", f"{package.name}@{package.version}", "--silent"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != package.integrity:
        raise SystemExit(f"{package.name} {package.version} is not what is pinned here")
    (VENDOR / "licences").mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as files:
        for inside, name in package.files.items():
            (VENDOR / name).write_bytes(cleaned(name, read(files, inside)))
        licence = read(files, package.licence_file) if package.licence_file else b""
        text = licence.decode() if licence else ALPINE_LICENCE
        (VENDOR / "licences" / f"{package.short}.txt").write_text(text.rstrip() + "\n")
        if package is LUCIDE:
            SPRITE.write_text(sprite(files))
    for name, (whole, letters) in package.cuts.items():
        cut(whole, letters, name)


def cut(whole: str, letters: str, name: str) -> None:
    """A font with some of the letters of another, by the tool that is pinned here."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "tool", "run", "--from", CUTTER, "pyftsubset", str(VENDOR / whole)]
    options = [f"--unicodes={letters}", "--flavor=woff2", f"--output-file={VENDOR / name}"]
    subprocess.run([*command, *options], check=True)


def read(files: tarfile.TarFile, inside: str) -> bytes:
    found = files.extractfile(f"package/{inside}")
    if found is None:
        raise SystemExit(f"no {inside}")
    return found.read()


def cleaned(name: str, content: bytes) -> bytes:
    """A script without the name of a source map that is not shipped."""
    if not name.endswith(".js"):
        return content
    return re.sub(rb"\n?//# sourceMappingURL=\S+\s*$", b"\n", content)


def sprite(files: tarfile.TarFile) -> str:
    symbols = [MARK]
    for name in ICONS:
        text = read(files, f"icons/{name}.svg").decode()
        inner = re.search(r"<svg\b[^>]*>(.*)</svg>", text, re.DOTALL)
        shapes = re.sub(r"\s*\n\s*", "", inner.group(1)).replace(" />", "/>") if inner else ""
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    note = f"<!-- Lucide {LUCIDE.version}, ISC licence: see vendor/licences/lucide-static.txt -->"
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">', note, *symbols, "</svg>"]
    return "\n".join(lines) + "\n"


def versions() -> str:
    """The table that --check reads."""
    lines = [
        "# What comes from elsewhere",
        "",
        "Written by `make vendor` from `requirements/vendor.py`; `make check` compares.",
        "",
        "| file | package | version | licence | sha256 |",
        "|---|---|---|---|---|",
    ]
    for package in PACKAGES:
        licence = f"[{package.licence}](licences/{package.short}.txt)"
        for name in package.names:
            row = (name, package.name, package.version, licence, digest_of(VENDOR / name))
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "missing"


def recorded() -> dict[str, str]:
    """File name to hash, as the table says."""
    rows = (line.split(" | ") for line in VERSIONS.read_text().splitlines()[6:])
    return {row[0].lstrip("| "): row[-1].rstrip(" |") for row in rows}


def problems() -> list[str]:
    wrong = [
        f"static/vendor/{name} is not what was recorded; run `make vendor`"
        for name, digest in recorded().items()
        if digest_of(VENDOR / name) != digest
    ]
    if VERSIONS.read_text() != versions():
        wrong.append("static/vendor/VERSIONS.md does not fit requirements/vendor.py")
    known = {"VERSIONS.md", *recorded()}
    wrong += [
        f"static/vendor/{file.name} is in no package of requirements/vendor.py"
        for file in sorted(VENDOR.glob("*"))
        if file.is_file() and file.name not in known
    ]
    drawn = re.findall(r'id="i-([a-z0-9-]+)"', SPRITE.read_text())
    if tuple(drawn) != ("mark", *ICONS):
        wrong.append("static/omni/icons.svg does not hold the icons of requirements/vendor.py")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
