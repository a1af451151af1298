"""Owns double-entry accounts and postings. Knows accounts, not claims. The database keeps every
transaction balanced in every currency and refuses a change of history."""
