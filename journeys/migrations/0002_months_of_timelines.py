"""The months in which a customer or visitor has touchpoints, so that a page looks nowhere else."""

from django.db import migrations, models

FILL = """
INSERT INTO journeys_timelinemonth (subject_id, month)
SELECT DISTINCT coalesce(customer_id, visitor_id),
       date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date
FROM journeys_interaction
"""


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="TimelineMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "month",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject_id", models.UUIDField(verbose_name="customer or visitor")),
                ("month", models.DateField(verbose_name="month")),
            ],
            options={
                "verbose_name": "month of a timeline",
                "verbose_name_plural": "months of timelines",
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
