from django.apps import AppConfig


class FundConfig(AppConfig):
    name = "amends.fund"
    label = "fund"
