"""The lists of the desk: editions, their lines and rounds."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
