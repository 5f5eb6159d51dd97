"""The table of Django's own sessions goes: staff have theirs, which knows its login.

A release that still wants it finds it not applied and makes it anew.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("omni", "0013_tasks_once"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[
                "DROP TABLE IF EXISTS django_session",
                "DELETE FROM django_migrations WHERE app = 'sessions'",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
