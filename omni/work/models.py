"""What people must do, decide or allow. Rows name their subject by kind and id, never by a key, so
that every app can write them by calling down."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class TaskStatus(models.TextChoices):
    OPEN = "open", _("open")
    DOING = "doing", _("being done")
    DONE = "done", _("done")
    DROPPED = "dropped", _("dropped")


class IncidentStatus(models.TextChoices):
    OPEN = "open", _("open")
    DECIDED = "decided", _("decided")
    CLOSED = "closed", _("closed")


class ApprovalStatus(models.TextChoices):
    ASKED = "asked", _("asked")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    LAPSED = "lapsed", _("lapsed")


# Staff of the location take, give back and finish; whoever made the task may drop it.
TASK_MOVES: Moves = {
    TaskStatus.OPEN: frozenset({TaskStatus.DOING, TaskStatus.DROPPED}),
    TaskStatus.DOING: frozenset({TaskStatus.OPEN, TaskStatus.DONE, TaskStatus.DROPPED}),
    TaskStatus.DONE: frozenset(),
    TaskStatus.DROPPED: frozenset(),
}
# A person with work.decide decides; the decision carried out closes.
INCIDENT_MOVES: Moves = {
    IncidentStatus.OPEN: frozenset({IncidentStatus.DECIDED}),
    IncidentStatus.DECIDED: frozenset({IncidentStatus.CLOSED}),
    IncidentStatus.CLOSED: frozenset(),
}
# Another identity than the asker, with work.decide; time lets it lapse.
APPROVAL_MOVES: Moves = {
    ApprovalStatus.ASKED: frozenset(
        {ApprovalStatus.GRANTED, ApprovalStatus.REFUSED, ApprovalStatus.LAPSED}
    ),
    ApprovalStatus.GRANTED: frozenset({ApprovalStatus.LAPSED}),
    ApprovalStatus.REFUSED: frozenset(),
    ApprovalStatus.LAPSED: frozenset(),
}


LIVE_TASKS = (TaskStatus.OPEN, TaskStatus.DOING)


class Subject(Aggregate):
    """What a piece of work is about: a kind of work, a subject, the place where it lies.

    ``kind`` is a code of the app that writes it (``shortfall``); ``location_id`` None means that
    only staff of everywhere see it.
    """

    kind = models.CharField(_("kind"), max_length=60)
    subject_kind = models.CharField(_("about (kind)"), max_length=60)
    subject_id = models.CharField(_("about (id)"), max_length=100)
    location_id = models.UUIDField(_("location"), null=True, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        abstract = True


class Task(Subject):
    """Something that a person shall do. Written by every app through ``work.operations``.

    Of one that ``is_single`` there is no other of its kind, subject and place until it is over.
    """

    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(
        _("status"), max_length=10, choices=TaskStatus.choices, default=TaskStatus.OPEN
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    is_single = models.BooleanField(default=False, db_default=False, editable=False)
    assignee_id = models.UUIDField(_("assigned to"), null=True, blank=True)
    created_by = models.CharField(_("made by"), max_length=100)
    created_at = models.DateTimeField(_("made at"))
    ended_by = models.CharField(_("ended by"), max_length=100, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        db_table = "omni_task"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            status_check("status", TaskStatus, "task_status_known"),
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id", "location_id"],
                condition=models.Q(is_single=True, status__in=["open", "doing"]),
                nulls_distinct=False,
                name="task_single_once",
            ),
        ]
        indexes = [
            models.Index(fields=["location_id", "status", "id"], name="task_by_location"),
            models.Index(fields=["subject_kind", "subject_id"], name="task_by_subject"),
        ]

    def __str__(self) -> str:
        return self.title


class Incident(Subject):
    """Something that went wrong and needs a decision. One open row per kind and subject.

    Written by every app through ``work.operations``; ``times`` counts how often it was reported
    while open.
    """

    summary = models.CharField(_("summary"), max_length=300)
    status = models.CharField(
        _("status"), max_length=10, choices=IncidentStatus.choices, default=IncidentStatus.OPEN
    )
    times = models.PositiveIntegerField(_("times reported"), default=1)
    opened_by = models.CharField(_("opened by"), max_length=100)
    opened_at = models.DateTimeField(_("opened at"))
    last_at = models.DateTimeField(_("last reported at"))
    decision = models.CharField(_("decision"), max_length=60, blank=True)
    note = models.TextField(_("note"), blank=True)
    decided_by = models.CharField(_("decided by"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        db_table = "omni_incident"
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            status_check("status", IncidentStatus, "incident_status_known"),
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id"],
                condition=models.Q(status="open"),
                name="incident_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open") | ~models.Q(decision="", decided_by=""),
                name="incident_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["location_id", "status", "id"], name="incident_by_location"),
            models.Index(fields=["subject_kind", "subject_id"], name="incident_by_subject"),
        ]

    def __str__(self) -> str:
        return self.summary


class Approval(Subject):
    """A second identity that allows what a limit forbids. Asked, decided and used at most once.

    The decider is never the asker (CHECK). A granted one serves one operation (``used_at``) until
    ``lapses_at``.
    """

    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(
        _("status"), max_length=10, choices=ApprovalStatus.choices, default=ApprovalStatus.ASKED
    )
    asked_by = models.CharField(_("asked by"), max_length=100)
    asked_at = models.DateTimeField(_("asked at"))
    lapses_at = models.DateTimeField(_("lapses at"))
    decided_by = models.CharField(_("decided by"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        db_table = "omni_approval"
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            status_check("status", ApprovalStatus, "approval_status_known"),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("asked_by")),
                name="approval_by_another_identity",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(status="granted"),
                name="approval_used_if_granted",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["asked", "lapsed"]) | ~models.Q(decided_by=""),
                name="approval_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["location_id", "status", "id"], name="approval_by_location"),
            models.Index(fields=["subject_kind", "subject_id"], name="approval_by_subject"),
        ]

    def __str__(self) -> str:
        return self.reason


class TeamNote(Aggregate):
    """What the people of a store tell each other: a few words that stand until taken down.

    Written by ``work.operations``; the author or who decides at the store takes it down.
    """

    location_id = models.UUIDField(_("location"))
    text = models.CharField(_("text"), max_length=500)
    principal = models.CharField(_("by"), max_length=100)
    written_at = models.DateTimeField(_("written"))
    until = models.DateTimeField(_("until"))
    taken_down_at = models.DateTimeField(_("taken down"), null=True, blank=True)

    class Meta:
        db_table = "omni_team_note"
        verbose_name = _("team note")
        verbose_name_plural = _("team notes")
        indexes = [models.Index(fields=["location_id", "-written_at"], name="team_note_of_store")]

    def __str__(self) -> str:
        return self.text
