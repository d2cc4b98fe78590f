"""Demand: what enterprises declare, and the board that sets it against capacity."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
