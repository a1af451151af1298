from django.db import migrations

from amends.journal.guards import REFUSE_CHANGE, append_only

# The outbox is filled here and not by the program, so no entry can miss the log.
QUEUE_FOR_LOG = """
CREATE FUNCTION journal_queue_for_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO journal_outbox (entry_id) SELECT id FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER journal_entry_to_outbox AFTER INSERT ON journal_entry
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION journal_queue_for_log();
ALTER TABLE journal_entry ENABLE ALWAYS TRIGGER journal_entry_to_outbox;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION amends_refuse_change"),
        migrations.RunSQL(QUEUE_FOR_LOG, "DROP TRIGGER journal_entry_to_outbox ON journal_entry; DROP FUNCTION journal_queue_for_log"),
        migrations.RunSQL(*append_only("journal_entry")),
    ]
