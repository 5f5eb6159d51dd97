"""What was loaded from files of other systems, and how far the demo merchant is told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.states import status_check


class DocumentKind(models.TextChoices):
    SALE = "sale", _("Sale")
    CREDIT = "credit", _("Credit note")
    STOCK = "stock", _("Correction of stock")
    ADJUSTMENT = "adjustment", _("Correction of bad debt")


class SourceDocument(models.Model):
    """One document of a file that was loaded, once per number for ever. Append-only.

    ``digest`` is the hash of its lines: the same number with other lines is refused, not loaded
    again. ``amount_minor`` is signed: credit notes are negative. Written by the loaders of
    ``omni.demo`` in the transaction that loads the document.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(_("source"), max_length=40)
    number = models.CharField(_("number"), max_length=40)
    kind = models.CharField(_("kind"), max_length=16, choices=DocumentKind.choices)
    file = models.CharField(_("file"), max_length=250)
    digest = models.CharField(_("hash of the lines"), max_length=64)
    lines = models.PositiveIntegerField(_("lines"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    occurred_at = models.DateTimeField(_("occurred"))
    loaded_at = models.DateTimeField(_("loaded"))

    class Meta:
        verbose_name = _("source document")
        verbose_name_plural = _("source documents")
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="source_document_once"),
            status_check("kind", DocumentKind, "source_document_kind_known"),
        ]

    def __str__(self) -> str:
        return self.number


class DemoChapter(models.Model):
    """A part of the full demo, and how many of its steps are done: a filling goes on from there.

    Written by ``omni.demo.merchant.filling``, with a step where the step is one transaction.
    ``began_at`` is the moment from which the whole demo is planned, the same in all chapters.
    """

    name = models.CharField(_("name"), max_length=40, unique=True)
    planned = models.PositiveIntegerField(_("steps"))
    told = models.PositiveIntegerField(_("steps done"), default=0)
    began_at = models.DateTimeField(_("begun"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("chapter of the demo")
        verbose_name_plural = _("chapters of the demo")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(told__lte=models.F("planned")), name="demo_chapter_told_planned"
            ),
        ]

    def __str__(self) -> str:
        return self.name
