from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "amends.checks"
    label = "checks"
