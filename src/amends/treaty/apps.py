from django.apps import AppConfig


class TreatyConfig(AppConfig):
    name = "amends.treaty"
    label = "treaty"
