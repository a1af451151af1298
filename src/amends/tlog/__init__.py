"""LIBRARY. A transparency log: RFC 6962 hashes, C2SP tiles, checkpoints and signed notes."""
