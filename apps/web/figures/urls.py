"""How far the lists are used."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
