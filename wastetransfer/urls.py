"""The addresses of the whole house."""

from django.contrib import admin
from django.urls import include, path

from wastetransfer.health import live

urlpatterns = [
    path("health/live", live, name="health-live"),
    path("admin/", admin.site.urls),
    path("", include("apps.web.urls", namespace="web")),
]
