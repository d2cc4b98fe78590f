"""Reports and what a list said on a past day."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
