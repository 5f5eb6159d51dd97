"""The access log is append-only for everybody: a trigger refuses UPDATE and DELETE."""

from django.db import migrations

GUARD = """
CREATE FUNCTION omni_access_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'omni_access_log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER omni_access_log_append_only BEFORE UPDATE OR DELETE ON omni_access_log
    FOR EACH STATEMENT EXECUTE FUNCTION omni_access_log_refuse();
"""
UNDO = """
DROP TRIGGER omni_access_log_append_only ON omni_access_log;
DROP FUNCTION omni_access_log_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("omni", "0003_webhook_deliveries_in_hand")]

    operations = [migrations.RunSQL(GUARD, reverse_sql=UNDO)]
