"""The addresses of the HTML door, journey by journey."""

from django.urls import include, path

from apps.web import reckonings

app_name = "web"
urlpatterns = [
    path("", include("apps.web.public.urls")),
    path("account/", include("apps.web.account.urls")),
    path("enterprise/", include("apps.web.enterprise.urls")),
    path("enterprise/", include("apps.web.enterprise.desk_urls")),
    path("bureau/", include("apps.web.bureau.urls")),
    path("cases/<int:pk>/reckoning/", reckonings.reckoning, name="reckoning"),
    path("whitelist/", include("apps.web.whitelist.urls")),
    path("whitelist/", include("apps.web.whitelist.sheet_urls")),
    path("whitelist/", include("apps.web.whitelist.year_urls")),
    path("demand/", include("apps.web.whitelist.demand_urls")),
    path("figures/", include("apps.web.figures.urls")),
    path("figures/", include("apps.web.figures.report_urls")),
    path("records/", include("apps.web.records.urls")),
    path("notices/", include("apps.web.notices.urls")),
    path("clock/", include("apps.web.clock.urls")),
    path("", include("apps.web.papers.urls")),
]
