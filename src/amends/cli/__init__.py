"""The command line: one file per command, and the entry points that span packages."""
