"""The addresses of the pages for people. The language stands in front of each; see config/urls.py."""

from __future__ import annotations

from django.urls import path

from amends.public.pages.claim import page as claim
from amends.public.pages.claim import receipt, search
from amends.public.pages.decisions import page as decisions
from amends.public.pages.force import page as entry_into_force
from amends.public.pages.home import page as home
from amends.public.pages.log import page as log
from amends.public.pages.money import page as money
from amends.public.pages.verify import page as verify

app_name = "public"
urlpatterns = [
    path("", home, name="home"),
    path("entry-into-force/", entry_into_force, name="entry-into-force"),
    path("claim/", search, name="claim-search"),
    path("claim/<str:number>/", claim, name="claim"),
    path("claim/<str:number>/receipt", receipt, name="receipt"),
    path("verify/", verify, name="verify"),
    path("log/", log, name="log"),
    path("money/", money, name="money"),
    path("decisions/", decisions, name="decisions"),
]
