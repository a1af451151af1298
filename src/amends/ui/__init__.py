"""Shared templates, components, texts and static files of all screens. Owns no data."""
