"""Settings. Everything a deployment chooses comes from the environment; the defaults run the demo."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlparse

from django.utils.translation import gettext_lazy as _

# Where the program keeps what it makes: the embedded database, the log, payment files, keys.
HOME = Path(os.environ.get("AMENDS_HOME", "var")).resolve()

# The public log's name, for ever: it stands in every checkpoint and receipt. Best an address at which it is served.
LOG_NAME = os.environ.get("AMENDS_LOG_NAME", "amends.example/log")

DEBUG = False
ALLOWED_HOSTS = os.environ.get("AMENDS_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
# Sessions are not used by the public pages; a key that lives with the process is enough unless one is given.
SECRET_KEY = os.environ.get("AMENDS_SECRET_KEY") or secrets.token_urlsafe(48)


def _database() -> dict[str, Any]:
    """DATABASE_URL, or the embedded server whose socket folder the supervisor put into AMENDS_PG_SOCKET."""
    url = urlparse(os.environ.get("DATABASE_URL", ""))
    if not url.scheme:
        return {"NAME": "amends", "USER": "app", "HOST": os.environ.get("AMENDS_PG_SOCKET", "/nonexistent")}
    return {
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": dict(parse_qsl(url.query)),
    }


DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, **_database()}}

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "amends.journal",
    "amends.programmes",
    "amends.treaty",
    "amends.fund",
    "amends.people",
    "amends.claims",
    "amends.checks",
    "amends.decisions",
    "amends.payments",
    "amends.proofs",
    "amends.ui",
    "amends.public",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": ["'self'"], "frame-ancestors": ["'none'"], "form-action": ["'self'"]}
}
SECURE_REFERRER_POLICY = "same-origin"

ROOT_URLCONF = "amends.config.urls"
WSGI_APPLICATION = "amends.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "amends.public.frame.context",
            ]
        },
    }
]
# What is uploaded is looked at in memory and forgotten; larger files than this are not read at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # straight from the packages: nothing is collected into a folder first

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian"))]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# No personal data in logs: queries and requests are not logged, only what our own code says.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django would print the address of every page that is not found, and an address may hold a claim's number.
    "loggers": {"django.request": {"level": "ERROR"}},
}
