"""How files reach browsers: gathered once, named by their content, compressed; pages compressed.

`manage.py up` gathers the files of all apps below the data folder, if their sources changed since;
elsewhere `manage.py collectstatic` does, at each deployment. Web processes serve those: WhiteNoise
sends them gzipped and to be kept for ever, since a changed file has another name. Where nothing was
gathered, and in every other process, files are named and read as they lie in their sources.
"""

import hashlib
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

# What no page of ours loads: source maps, and what packages ship beside it.
IGNORED = ("*.map", "*.d.ts", "redoc", "rest_framework")
STAMP = "sources"


class GatheredFiles(CompressedManifestStaticFilesStorage):
    """Names files by their content; what a sheet of a package names in vain is left as it is."""

    manifest_strict = False
    # Without the names of source maps: they are not gathered.
    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\((?P<quote>['"]{0,1})\s*(?P<url>.*?)(?P=quote)\))""",
                (
                    r"""(?P<matched>@import\s*(?P<quote>["'])\s*(?P<url>.*?)(?P=quote))""",
                    """@import url("%(url)s")""",
                ),
            ),
        ),
    )


def stamp_of_sources() -> str:
    """Changes whenever a file that is gathered does: names, sizes and times of all of them."""
    digest = hashlib.sha256(repr(IGNORED).encode())
    for finder in get_finders():
        for name, storage in finder.list(list(IGNORED)):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class PageCompression(GZipMiddleware):
    """Compresses pages. Answers of the API are small and many, and stay as they are."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
