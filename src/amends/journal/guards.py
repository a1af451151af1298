"""How do we make the database itself refuse a change of history? SQL for migrations.

Usage in a migration: ``migrations.RunSQL(*append_only("claims_claim"))``. The guard is ENABLE ALWAYS, so a
session in replication mode cannot slip past it. A table's owner can still drop it: prevention ends there,
and detection by the log begins.
"""

REFUSE_CHANGE = """
CREATE FUNCTION amends_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is history: % is refused. A correction is a new row that names the old one.',
    TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""


def append_only(table: str) -> tuple[str, str]:
    """SQL that makes `table` refuse UPDATE, DELETE and TRUNCATE, and the SQL that undoes it."""
    guard = f"{table}_is_history"
    return (
        f"""
        CREATE TRIGGER {guard} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION amends_refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard};
        """,
        f"DROP TRIGGER {guard} ON {table};",
    )
