from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "amends.decisions"
    label = "decisions"
