from django.db import migrations

from amends.journal.guards import append_only

CURRENCY = """
ALTER TABLE fund_entry ADD CONSTRAINT fund_entry_account_and_currency
  FOREIGN KEY (account_id, currency) REFERENCES fund_account (id, currency);
"""

OPEN_BALANCE = """
CREATE FUNCTION fund_open_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fund_balance (account_id, may_go_negative, balance_minor)
    SELECT id, may_go_negative, 0 FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER fund_account_opens_balance AFTER INSERT ON fund_account
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION fund_open_balance();
ALTER TABLE fund_account ENABLE ALWAYS TRIGGER fund_account_opens_balance;
"""

# Once per statement: a batch of thousands of entries takes each balance once. Balances are taken in the order of
# their accounts, so that two batches that meet wait for each other instead of deadlocking.
KEEP_BALANCES = """
CREATE FUNCTION fund_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM fresh JOIN fund_seal seal ON seal.transaction_id = fresh.transaction_id) THEN
    RAISE EXCEPTION 'A transaction that is closed takes no more entries. A correction is a new transaction.'
      USING ERRCODE = 'restrict_violation';
  END IF;
  PERFORM FROM fund_balance WHERE account_id IN (SELECT account_id FROM fresh) ORDER BY account_id FOR UPDATE;
  UPDATE fund_balance balance SET balance_minor = balance.balance_minor + moved.amount
    FROM (SELECT account_id, sum(amount_minor)::bigint AS amount FROM fresh GROUP BY account_id) moved
    WHERE balance.account_id = moved.account_id;
  RETURN NULL;
END $$;
CREATE TRIGGER fund_entry_moves_balance AFTER INSERT ON fund_entry
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION fund_keep_balances();
ALTER TABLE fund_entry ENABLE ALWAYS TRIGGER fund_entry_moves_balance;
"""

# Balances and seals follow from entries. Written by a trigger of ours they are written at depth 2; a statement of
# anybody else arrives at depth 1.
DERIVED_ONLY = """
CREATE FUNCTION fund_derived_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 OR TG_OP IN ('DELETE', 'TRUNCATE') THEN
    RAISE EXCEPTION '% follows from the entries and is written by the database alone: % is refused.',
      TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER fund_balance_is_derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON fund_balance
  FOR EACH STATEMENT EXECUTE FUNCTION fund_derived_only();
ALTER TABLE fund_balance ENABLE ALWAYS TRIGGER fund_balance_is_derived;
CREATE TRIGGER fund_seal_is_derived BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON fund_seal
  FOR EACH STATEMENT EXECUTE FUNCTION fund_derived_only();
ALTER TABLE fund_seal ENABLE ALWAYS TRIGGER fund_seal_is_derived;
"""

# At commit, once per transaction and not once per entry (that would cost the square of a batch). A session that asks
# for the check earlier (SET CONSTRAINTS IMMEDIATE) closes its transaction earlier: the seal is written here.
CLOSE = """
CREATE FUNCTION fund_close_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  legs bigint;
  strangers bigint;
  unbalanced text;
BEGIN
  SELECT count(*), count(*) FILTER (WHERE account.programme_id <> NEW.programme_id) INTO legs, strangers
    FROM fund_entry entry JOIN fund_account account ON account.id = entry.account_id
    WHERE entry.transaction_id = NEW.id;
  IF legs < 2 THEN
    RAISE EXCEPTION 'Transaction % has % of at least 2 entries: money comes from somewhere and goes somewhere.',
      NEW.key, legs USING ERRCODE = 'check_violation';
  END IF;
  IF strangers > 0 THEN
    RAISE EXCEPTION 'Transaction % touches accounts of another programme.', NEW.key USING ERRCODE = 'check_violation';
  END IF;
  SELECT string_agg(currency || ' ' || total, ', ') INTO unbalanced
    FROM (SELECT currency, sum(amount_minor) AS total FROM fund_entry WHERE transaction_id = NEW.id GROUP BY currency) s
    WHERE total <> 0;
  IF unbalanced IS NOT NULL THEN
    RAISE EXCEPTION 'Transaction % does not balance: % minor units are left over.', NEW.key, unbalanced
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reverses_id IS NOT NULL AND EXISTS (
    SELECT FROM fund_entry WHERE transaction_id IN (NEW.id, NEW.reverses_id)
    GROUP BY account_id, currency, reference HAVING sum(amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'Transaction % is not the mirror of the one it reverses.', NEW.key
      USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO fund_seal (transaction_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER fund_transaction_closes AFTER INSERT ON fund_transaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_close_transaction();
ALTER TABLE fund_transaction ENABLE ALWAYS TRIGGER fund_transaction_closes;
"""


class Migration(migrations.Migration):
    dependencies = [("fund", "0001_initial"), ("journal", "0002_guards")]
    operations = [
        migrations.RunSQL(CURRENCY, "ALTER TABLE fund_entry DROP CONSTRAINT fund_entry_account_and_currency"),
        migrations.RunSQL(OPEN_BALANCE, "DROP FUNCTION fund_open_balance() CASCADE"),
        migrations.RunSQL(KEEP_BALANCES, "DROP FUNCTION fund_keep_balances() CASCADE"),
        migrations.RunSQL(DERIVED_ONLY, "DROP FUNCTION fund_derived_only() CASCADE"),
        migrations.RunSQL(CLOSE, "DROP FUNCTION fund_close_transaction() CASCADE"),
        migrations.RunSQL(*append_only("fund_account")),
        migrations.RunSQL(*append_only("fund_transaction")),
        migrations.RunSQL(*append_only("fund_entry")),
    ]
