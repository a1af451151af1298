"""Do the tables still say what was done? Facts, journal and log are compared, and what differs is named.

Every package that writes journal entries has ``facts_for_audit() -> Iterator[journal.facts.Fact]`` in its queries:
one Fact for each entry it has ever written, in any order, its content rebuilt from the table rows by the same pure
builder that wrote it, never copied from a stored fingerprint. The audit then asks three questions:

1. Is the published log whole, and is its root the signed one? (`tlog.fsck`)
2. Does each journal entry, with its key, give the very bytes that the log holds in its place?
3. Does each fact have exactly one entry with the same content, and each entry its fact?

Whoever changes a row must change the entry too, and then the log says otherwise; and the log was given away.
"""
