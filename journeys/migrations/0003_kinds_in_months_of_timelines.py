"""The months of timelines by kind too, so that a page of a rare kind looks nowhere else either."""

from django.db import migrations, models

FILL = """
INSERT INTO journeys_timelinemonth (subject_id, kind, month)
SELECT DISTINCT coalesce(i.customer_id, i.visitor_id), k.kind,
       date_trunc('month', i.occurred_at AT TIME ZONE 'UTC')::date
FROM journeys_interaction i CROSS JOIN LATERAL (VALUES (i.kind), ('')) AS k(kind)
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_months_of_timelines")]

    operations = [
        migrations.DeleteModel("TimelineMonth"),
        migrations.CreateModel(
            name="TimelineMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "kind",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject_id", models.UUIDField(verbose_name="customer or visitor")),
                ("kind", models.CharField(blank=True, max_length=80, verbose_name="kind")),
                ("month", models.DateField(verbose_name="month")),
            ],
            options={
                "verbose_name": "month of a timeline",
                "verbose_name_plural": "months of timelines",
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
