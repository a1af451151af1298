from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "amends.claims"
    label = "claims"
