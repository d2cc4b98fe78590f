"""The addresses of the whole house."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from wastetransfer.health import live, metrics, ready

urlpatterns = [
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    # One door: the admin's own pages for signing in and for passwords know no second step.
    path("admin/login/", RedirectView.as_view(pattern_name="web:sign_in", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="web:change_password")),
    path("admin/", admin.site.urls),
    path("", include("apps.web.urls", namespace="web")),
]
