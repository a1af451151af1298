"""Settings, root addresses, and the embedded PostgreSQL server."""
