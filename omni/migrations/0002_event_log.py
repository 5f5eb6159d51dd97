"""The event log: partitioned by month, ordered for its readers by (xid, id)."""

from datetime import UTC, datetime

from django.db import migrations, models

import omni.events.fields
from omni.core.partitions import ensure_months, month_after

# The database's key is (id, recorded_at), for a partitioned table's key holds its partition column;
# Django's state has id alone, so that admin, flush and makemigrations work.
CREATE = """
CREATE SEQUENCE omni_event_id_seq AS bigint;
CREATE TABLE omni_event (
    id bigint NOT NULL DEFAULT nextval('omni_event_id_seq'),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    occurred_at timestamptz NOT NULL,
    aggregatetype varchar(60) NOT NULL,
    aggregateid uuid NOT NULL,
    type varchar(80) NOT NULL,
    payload jsonb NOT NULL,
    customer_id uuid,
    principal varchar(100) NOT NULL,
    request_id varchar(64) NOT NULL DEFAULT '',
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
ALTER SEQUENCE omni_event_id_seq OWNED BY omni_event.id;
CREATE INDEX omni_event_order ON omni_event (xid, id);
CREATE INDEX omni_event_of ON omni_event (aggregateid, id);
"""


def make_first_months(apps: object, schema_editor: object) -> None:
    """So that the first writer finds them made; later ones are made by writers and a daily tick."""
    now = datetime.now(UTC)
    ensure_months("omni_event", (now, month_after(now)))


class Migration(migrations.Migration):
    dependencies = [("omni", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(CREATE, reverse_sql="DROP TABLE omni_event CASCADE;"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="StoredEvent",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("xid", omni.events.fields.Xid8Field(verbose_name="transaction")),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        ("occurred_at", models.DateTimeField(verbose_name="occurred at")),
                        (
                            "aggregatetype",
                            models.CharField(max_length=60, verbose_name="happened to"),
                        ),
                        ("aggregateid", models.UUIDField(verbose_name="id of what it happened to")),
                        ("type", models.CharField(max_length=80, verbose_name="type")),
                        ("payload", models.JSONField(verbose_name="facts")),
                        (
                            "customer_id",
                            models.UUIDField(blank=True, null=True, verbose_name="customer"),
                        ),
                        ("principal", models.CharField(max_length=100, verbose_name="by")),
                        (
                            "request_id",
                            models.CharField(blank=True, max_length=64, verbose_name="request"),
                        ),
                    ],
                    options={
                        "verbose_name": "event",
                        "verbose_name_plural": "events",
                        "db_table": "omni_event",
                    },
                ),
            ],
        ),
        migrations.RunPython(make_first_months, migrations.RunPython.noop),
    ]
