from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "amends.payments"
    label = "payments"
