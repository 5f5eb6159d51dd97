"""Interactions by month of their moment, and the links of visitors to customers."""

import django.db.models.deletion
from django.db import migrations, models

TABLE = """
CREATE SEQUENCE journeys_interaction_id_seq AS bigint CACHE 1;
CREATE TABLE journeys_interaction (
    id bigint NOT NULL DEFAULT nextval('journeys_interaction_id_seq'),
    kind varchar(80) NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    customer_id uuid,
    visitor_id uuid,
    channel_id uuid,
    location_id uuid,
    staff_id uuid,
    device varchar(80) NOT NULL DEFAULT '',
    subject_kind varchar(60) NOT NULL DEFAULT '',
    subject_id uuid,
    data jsonb NOT NULL DEFAULT '{}',
    event_id bigint,
    capture_key varchar(160) NOT NULL DEFAULT '',
    PRIMARY KEY (id, occurred_at),
    CONSTRAINT interaction_has_origin CHECK (event_id IS NOT NULL OR capture_key <> ''),
    CONSTRAINT interaction_has_subject CHECK (customer_id IS NOT NULL OR visitor_id IS NOT NULL)
) PARTITION BY RANGE (occurred_at);
CREATE UNIQUE INDEX interaction_event_once ON journeys_interaction (event_id, occurred_at);
CREATE UNIQUE INDEX interaction_capture_once ON journeys_interaction (capture_key, occurred_at)
    WHERE capture_key <> '';
CREATE INDEX interaction_customer ON journeys_interaction
    (customer_id, occurred_at DESC, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX interaction_customer_kind ON journeys_interaction
    (customer_id, kind, occurred_at DESC, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX interaction_customer_channel ON journeys_interaction
    (customer_id, channel_id, occurred_at DESC, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX interaction_visitor ON journeys_interaction
    (visitor_id, occurred_at DESC, id DESC) WHERE customer_id IS NULL;
"""

DROP = """
DROP TABLE journeys_interaction;
DROP SEQUENCE journeys_interaction_id_seq;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, DROP)],
            state_operations=[
                migrations.CreateModel(
                    name="Interaction",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("kind", models.CharField(max_length=80, verbose_name="kind")),
                        ("occurred_at", models.DateTimeField(verbose_name="occurred")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                        ("customer_id", models.UUIDField(null=True, verbose_name="customer")),
                        ("visitor_id", models.UUIDField(null=True, verbose_name="visitor")),
                        ("channel_id", models.UUIDField(null=True, verbose_name="channel")),
                        ("location_id", models.UUIDField(null=True, verbose_name="location")),
                        ("staff_id", models.UUIDField(null=True, verbose_name="member of staff")),
                        (
                            "device",
                            models.CharField(blank=True, max_length=80, verbose_name="device"),
                        ),
                        (
                            "subject_kind",
                            models.CharField(blank=True, max_length=60, verbose_name="about"),
                        ),
                        ("subject_id", models.UUIDField(null=True, verbose_name="about which")),
                        ("data", models.JSONField(default=dict, verbose_name="facts")),
                        ("event_id", models.BigIntegerField(null=True, verbose_name="event")),
                        (
                            "capture_key",
                            models.CharField(
                                blank=True, max_length=160, verbose_name="capture key"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "interaction",
                        "verbose_name_plural": "interactions",
                        "db_table": "journeys_interaction",
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="VisitorLink",
            fields=[
                (
                    "visitor_id",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="visitor"),
                ),
                ("linked_at", models.DateTimeField(verbose_name="linked")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visitors",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "visitor",
                "verbose_name_plural": "visitors",
                "indexes": [models.Index(fields=["customer"], name="visitor_by_customer")],
            },
        ),
    ]
