from django.db import migrations

from amends.journal.guards import append_only

HISTORY = (
    "payments_round", "payments_allocation", "payments_hold", "payments_batch", "payments_instruction",
    "payments_release", "payments_delivery", "payments_bank_message", "payments_event", "payments_unmatched",
)

# Nothing is allocated before entry into force: the day is the round's, asked once per statement.
IN_FORCE = """
CREATE FUNCTION payments_require_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM treaty_require_in_force(programme_id, 'payment', (earliest AT TIME ZONE 'UTC')::date)
  FROM (
    SELECT claim.programme_id, min(round.at) AS earliest
    FROM fresh JOIN claims_claim claim ON claim.id = fresh.claim_id JOIN payments_round round ON round.id = fresh.round_id
    GROUP BY claim.programme_id
  ) allocated;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_only_in_force AFTER INSERT ON payments_allocation
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_require_in_force();
ALTER TABLE payments_allocation ENABLE ALWAYS TRIGGER payments_only_in_force;
"""

# The award comes from the decision itself, not from whoever allocates. Rows are taken in the order of claims, so that
# two rounds that meet wait for each other instead of deadlocking.
WITHIN_AWARD = """
CREATE FUNCTION payments_keep_payable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh
    JOIN payments_round round ON round.id = fresh.round_id
    JOIN claims_claim claim ON claim.id = fresh.claim_id
    LEFT JOIN decisions_decision decision ON decision.claim_id = fresh.claim_id
    WHERE decision.outcome IS DISTINCT FROM 'awarded' OR decision.currency <> round.currency
       OR claim.programme_id <> round.programme_id
  ) THEN
    RAISE EXCEPTION 'Money is allocated on awards alone, of the round''s own programme and in its currency.'
      USING ERRCODE = 'restrict_violation';
  END IF;
  INSERT INTO payments_payable AS payable (claim_id, award_minor, allocated_minor)
    SELECT claim_id, decision.award_minor, fresh.amount_minor
    FROM fresh JOIN decisions_decision decision USING (claim_id) ORDER BY claim_id
    ON CONFLICT (claim_id) DO UPDATE SET allocated_minor = payable.allocated_minor + excluded.allocated_minor;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_allocation_within_award AFTER INSERT ON payments_allocation
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_keep_payable();
ALTER TABLE payments_allocation ENABLE ALWAYS TRIGGER payments_allocation_within_award;

CREATE FUNCTION payments_derived_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 OR TG_OP IN ('DELETE', 'TRUNCATE') THEN
    RAISE EXCEPTION '% follows from the allocations and is written by the database alone: % is refused.',
      TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_payable_is_derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON payments_payable
  FOR EACH STATEMENT EXECUTE FUNCTION payments_derived_only();
ALTER TABLE payments_payable ENABLE ALWAYS TRIGGER payments_payable_is_derived;
"""

# An allocation is paid once: the whole of it, and again only after the attempt before was rejected or came back.
ONE_LIVE_ATTEMPT = """
CREATE FUNCTION payments_one_live_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh
    JOIN payments_allocation allocation ON allocation.id = fresh.allocation_id
    JOIN payments_batch batch ON batch.id = fresh.batch_id
    WHERE allocation.amount_minor <> fresh.amount_minor OR allocation.round_id <> batch.round_id
  ) THEN
    RAISE EXCEPTION 'An instruction pays the whole of an allocation of its own round, no more and no less.'
      USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT FROM fresh WHERE fresh.attempt < 1 OR fresh.attempt > 1 AND NOT EXISTS (
      SELECT FROM payments_instruction before JOIN payments_event event ON event.instruction_id = before.id
      WHERE before.allocation_id = fresh.allocation_id AND before.attempt = fresh.attempt - 1
        AND event.kind IN ('rejected', 'returned')
    )
  ) THEN
    RAISE EXCEPTION 'A payment is tried again only after the attempt before was rejected or came back.'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_instruction_one_live AFTER INSERT ON payments_instruction
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_one_live_attempt();
ALTER TABLE payments_instruction ENABLE ALWAYS TRIGGER payments_instruction_one_live;
"""

#   released ──▶ accepted ──▶ settled ──▶ returned
#       │            └──────▶ rejected
#       └──▶ settled (a bank that sends no pain.002), rejected
IN_ORDER = """
CREATE FUNCTION payments_events_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong text;
BEGIN
  PERFORM FROM payments_instruction WHERE id IN (SELECT instruction_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
  SELECT format('%s cannot be %s: it is %s', instruction.end_to_end_id, fresh.kind, coalesce(
      (SELECT string_agg(event.kind, ', ') FROM payments_event event WHERE event.instruction_id = fresh.instruction_id
       AND event.id <> fresh.id), CASE WHEN release.batch_id IS NULL THEN 'not released' ELSE 'released' END))
    INTO wrong
    FROM fresh
    JOIN payments_instruction instruction ON instruction.id = fresh.instruction_id
    LEFT JOIN payments_release release ON release.batch_id = instruction.batch_id
    WHERE release.batch_id IS NULL
      OR fresh.kind IN ('accepted', 'settled') AND EXISTS (
        SELECT FROM payments_event e WHERE e.instruction_id = fresh.instruction_id AND e.kind = 'rejected')
      OR fresh.kind = 'rejected' AND EXISTS (
        SELECT FROM payments_event e WHERE e.instruction_id = fresh.instruction_id AND e.kind = 'settled')
      OR fresh.kind = 'returned' AND NOT EXISTS (
        SELECT FROM payments_event e WHERE e.instruction_id = fresh.instruction_id AND e.kind = 'settled')
    LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '%.', wrong USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_event_in_order AFTER INSERT ON payments_event
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_events_in_order();
ALTER TABLE payments_event ENABLE ALWAYS TRIGGER payments_event_in_order;
"""

# At commit, once per round and once per batch: what it says of itself is what its rows add up to.
ADDS_UP = """
CREATE FUNCTION payments_round_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.allocations, NEW.allocated_minor) IS DISTINCT FROM
     (SELECT (count(*), coalesce(sum(amount_minor), 0)::bigint) FROM payments_allocation WHERE round_id = NEW.id) THEN
    RAISE EXCEPTION 'Round % of phase % does not add up to its allocations.', NEW.number, NEW.phase
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_round_is_its_rows AFTER INSERT ON payments_round
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_round_adds_up();
ALTER TABLE payments_round ENABLE ALWAYS TRIGGER payments_round_is_its_rows;

CREATE FUNCTION payments_batch_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.count::bigint, NEW.total_minor) IS DISTINCT FROM
     (SELECT (count(*), coalesce(sum(amount_minor), 0)::bigint) FROM payments_instruction WHERE batch_id = NEW.id) THEN
    RAISE EXCEPTION 'Batch % does not add up to its instructions.', NEW.message_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_batch_is_its_rows AFTER INSERT ON payments_batch
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_batch_adds_up();
ALTER TABLE payments_batch ENABLE ALWAYS TRIGGER payments_batch_is_its_rows;
"""

# What became of each allocation: what happened to its last attempt, or why there is none.
STATE = """
CREATE VIEW payments_state AS
SELECT allocation.id AS allocation_id, allocation.claim_id, allocation.round_id, allocation.amount_minor,
       coalesce(last.attempt, 0) AS attempt, last.end_to_end_id,
       CASE WHEN last.id IS NULL AND held.reason IS NOT NULL THEN 'held'
            WHEN last.id IS NULL THEN 'allocated'
            WHEN happened.returned THEN 'returned'
            WHEN happened.rejected THEN 'rejected'
            WHEN happened.settled THEN 'paid'
            WHEN release.batch_id IS NOT NULL THEN 'released'
            ELSE 'instructed' END AS state,
       coalesce(happened.reason, held.reason, '') AS reason,
       coalesce(happened.at, release.at, batch.at, held.at, round.at) AS at
FROM payments_allocation allocation
JOIN payments_round round ON round.id = allocation.round_id
LEFT JOIN LATERAL (SELECT * FROM payments_instruction instruction WHERE instruction.allocation_id = allocation.id
                   ORDER BY attempt DESC LIMIT 1) last ON true
LEFT JOIN payments_batch batch ON batch.id = last.batch_id
LEFT JOIN payments_release release ON release.batch_id = last.batch_id
LEFT JOIN LATERAL (SELECT bool_or(kind = 'returned') AS returned, bool_or(kind = 'rejected') AS rejected,
                          bool_or(kind = 'settled') AS settled, max(event.at) AS at, max(nullif(reason, '')) AS reason
                   FROM payments_event event WHERE event.instruction_id = last.id) happened ON true
LEFT JOIN LATERAL (SELECT hold.reason, hold.at FROM payments_hold hold WHERE hold.allocation_id = allocation.id
                   ORDER BY hold.id DESC LIMIT 1) held ON last.id IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_initial"), ("journal", "0002_guards"), ("treaty", "0002_in_force"),
        ("decisions", "0001_initial"), ("claims", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(IN_FORCE, "DROP FUNCTION payments_require_in_force() CASCADE"),
        migrations.RunSQL(
            WITHIN_AWARD, "DROP FUNCTION payments_keep_payable() CASCADE; DROP FUNCTION payments_derived_only() CASCADE"
        ),
        migrations.RunSQL(ONE_LIVE_ATTEMPT, "DROP FUNCTION payments_one_live_attempt() CASCADE"),
        migrations.RunSQL(IN_ORDER, "DROP FUNCTION payments_events_in_order() CASCADE"),
        migrations.RunSQL(
            ADDS_UP, "DROP FUNCTION payments_round_adds_up() CASCADE; DROP FUNCTION payments_batch_adds_up() CASCADE"
        ),
        migrations.RunSQL(STATE, "DROP VIEW payments_state"),
        *(migrations.RunSQL(*append_only(table)) for table in HISTORY),
    ]
