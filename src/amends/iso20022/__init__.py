"""LIBRARY. ISO 20022 payment messages: pain.001 out, pain.002 and camt.053/054 in."""
