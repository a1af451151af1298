from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "amends.public"
    label = "public"
