"""The sequence from which return cases draw their numbers: R100001, R100002, …"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_exchange_credit")]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE orders_return_number START WITH 100001",
            reverse_sql="DROP SEQUENCE orders_return_number",
        ),
    ]
