"""LIBRARY. DMN decision models -> typed tree -> columns, with a plain interpreter as referee.

Knows facts, not people."""
