"""What people read about the API: the schema, its page, and a page for every problem code."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from omni.core.errors import REGISTRY
from omni.rest.problems import KINDS, explained


class SchemaView(SpectacularAPIView):
    """The schema, generated once per process, language and form: it only changes with the code."""

    made: dict[tuple[str, str], HttpResponse] = {}

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        key = (translation.get_language() or "", request.accepted_renderer.format)
        answer = self.made.get(key)
        if answer is None:
            made = super().get(request, *args, **kwargs)
            content = request.accepted_renderer.render(made.data, renderer_context={})
            answer = HttpResponse(content, content_type=request.accepted_renderer.media_type)
            self.made[key] = answer
        return HttpResponse(answer.content, content_type=answer["Content-Type"])


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page; script and style come as files, so the strict policy holds."""

    url_name = "schema"


def problem_index(request: HttpRequest) -> HttpResponse:
    """Every problem code with what it means."""
    return render(request, "problems.html", {"problems": [_entry(c) for c in sorted(_codes())]})


def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """One problem code: the address that ``type`` of a problem document names."""
    if code not in _codes():
        raise Http404
    return render(request, "problems.html", {"problems": [_entry(code)], "single": True})


def _codes() -> set[str]:
    return {*REGISTRY, *KINDS}


def _entry(code: str) -> dict[str, Any]:
    kind = explained(code)
    return {"code": code, "status": kind.status, "title": kind.title, "remedy": kind.remedy}
