"""The sequence from which orders draw their numbers: W100001, W100002, …"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE orders_order_number START WITH 100001",
            reverse_sql="DROP SEQUENCE orders_order_number",
        ),
    ]
