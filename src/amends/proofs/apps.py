from django.apps import AppConfig


class ProofsConfig(AppConfig):
    name = "amends.proofs"
    label = "proofs"
