from django.db import migrations

from amends.journal.guards import append_only

# Art. 30(3), from the rows themselves. Its twin in Python is amends.treaty.entry; a test holds the two together.
# The share that is needed is compared as share * 100 >= percent * budget: exact, and no cent is rounded away.
IN_FORCE_ON = """
CREATE FUNCTION treaty_in_force_on(programme bigint) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (date_trunc('month', min(met.on_date) + make_interval(months => met.months)) + interval '1 month')::date
  FROM (
    SELECT act.on_date, condition.months,
           count(*) OVER so_far AS ratifications, condition.ratifications AS ratifications_needed,
           sum(participant.reference_share_minor) OVER so_far * 100 AS share,
           condition.share_percent::numeric * condition.reference_budget_minor AS share_needed
    FROM treaty_condition condition
    JOIN treaty_participant participant ON participant.programme_id = condition.programme_id
    JOIN treaty_act act ON act.participant_id = participant.id AND act.kind = 'ratification'
    WHERE condition.programme_id = programme
    -- RANGE, not ROWS: everyone who ratified on the same day counts on that day.
    WINDOW so_far AS (ORDER BY act.on_date RANGE UNBOUNDED PRECEDING)
  ) met
  WHERE met.ratifications >= met.ratifications_needed AND met.share >= met.share_needed
  GROUP BY met.months
$$;
"""

# A version needs a treaty if its own frozen text says so, or if a condition was written for it. So a version whose
# condition somebody forgot to write is refused, not let through.
IS_NEEDED = r"""
CREATE FUNCTION treaty_is_needed(programme bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM treaty_condition WHERE programme_id = programme)
      OR coalesce((SELECT files ->> 'programme.toml' FROM programmes_version WHERE id = programme), '')
         ~ '(^|\n)\s*\[\s*entry_into_force\s*\]'
$$;
"""

# For the triggers of decisions and payments: raises, in words, unless the programme was in force on that day.
REQUIRE = """
CREATE FUNCTION treaty_require_in_force(programme bigint, deed text, on_date date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  begins date;
BEGIN
  IF NOT treaty_is_needed(programme) THEN
    RETURN;
  END IF;
  begins := treaty_in_force_on(programme);
  IF begins IS NULL THEN
    RAISE EXCEPTION 'No % before entry into force: programme % is not in force, for its conditions are not met yet.',
      deed, (SELECT code FROM programmes_version WHERE id = programme) USING ERRCODE = 'restrict_violation';
  ELSIF on_date < begins THEN
    RAISE EXCEPTION 'No % before entry into force: programme % enters into force on %, and this is dated %.',
      deed, (SELECT code FROM programmes_version WHERE id = programme), begins, on_date
      USING ERRCODE = 'restrict_violation';
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("treaty", "0001_initial"), ("journal", "0002_guards"), ("programmes", "0002_guards")]
    operations = [
        migrations.RunSQL(IN_FORCE_ON, "DROP FUNCTION treaty_in_force_on(bigint)"),
        migrations.RunSQL(IS_NEEDED, "DROP FUNCTION treaty_is_needed(bigint)"),
        migrations.RunSQL(REQUIRE, "DROP FUNCTION treaty_require_in_force(bigint, text, date)"),
        migrations.RunSQL(*append_only("treaty_condition")),
        migrations.RunSQL(*append_only("treaty_participant")),
        migrations.RunSQL(*append_only("treaty_act")),
        migrations.RunSQL(*append_only("treaty_entry_into_force")),
    ]
