from django.db import migrations

# Asked once per statement, not once per row: a mass decision of millions of claims asks one question per programme.
# The claim's own programme counts, not the run's, so a run cannot carry another programme's claims past the guard.
IN_FORCE = """
CREATE FUNCTION decisions_require_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM treaty_require_in_force(decided.programme_id, 'decision', decided.earliest)
  FROM (
    SELECT claim.programme_id, (min(fresh.at) AT TIME ZONE 'UTC')::date AS earliest
    FROM fresh JOIN claims_claim claim ON claim.id = fresh.claim_id
    GROUP BY claim.programme_id
  ) decided;
  RETURN NULL;
END $$;
CREATE TRIGGER decisions_only_in_force AFTER INSERT ON decisions_decision
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION decisions_require_in_force();
ALTER TABLE decisions_decision ENABLE ALWAYS TRIGGER decisions_only_in_force;
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_guards"), ("treaty", "0002_in_force"), ("claims", "0001_initial")]
    operations = [
        migrations.RunSQL(
            IN_FORCE,
            "DROP TRIGGER decisions_only_in_force ON decisions_decision; DROP FUNCTION decisions_require_in_force()",
        ),
    ]
