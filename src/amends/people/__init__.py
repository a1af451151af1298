"""Owns claimants: who they are, how to reach and pay them. Leaves what they claim to `claims`."""
