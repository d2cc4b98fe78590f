"""What happens to a list during its year: adjustments and suspensions."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
