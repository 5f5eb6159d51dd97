"""Base of this app's pages in the back office: every look at customers goes into the access log."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from omni.access.admin_site import GuardedAdmin, LedgerAdmin, actor_of
from omni.access.operations import log_view
from omni.access.permissions import Permission


class CustomerPages(GuardedAdmin):
    """Pages that show customers: opening one is logged, and so is opening a list of them."""

    view_permission = Permission.CUSTOMERS_VIEW
    # Customers belong to no store: a grant for one location opens them too.
    scoped = True
    # The attribute of a row that holds the customer's id.
    customer_attribute: ClassVar[str] = "customer_id"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if response.status_code == 200:
            self._log(request, f"{self.opts.model_name}_list", "")
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # Named before it is shown: a change in the same request might remove the row.
        customer_id = self._customer_of(request, object_id)
        response = super().change_view(request, object_id, form_url, extra_context)
        self._log_page(request, response, customer_id)
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its title names the customer."""
        response = super().history_view(request, object_id, extra_context)
        self._log_page(request, response, self._customer_of(request, object_id))
        return response

    def look_of(self, row: Any) -> tuple[str, str]:
        """Kind and subject under which looks at a row are logged."""
        return str(self.opts.model_name), str(getattr(row, self.customer_attribute, ""))

    def _customer_of(self, request: HttpRequest, object_id: str) -> str | None:
        row = self.get_object(request, object_id)
        return None if row is None else str(getattr(row, self.customer_attribute, ""))

    def _log_page(
        self, request: HttpRequest, response: HttpResponse, customer_id: str | None
    ) -> None:
        if customer_id is not None and response.status_code == 200:
            self._log(request, str(self.opts.model_name), customer_id)

    def _log(self, request: HttpRequest, kind: str, customer_id: str) -> None:
        log_view(actor=actor_of(request), kind=kind, subject_id=customer_id, reason="back office")


class CustomerLedger(CustomerPages, LedgerAdmin):
    """The same for rows that are only ever looked at."""
