"""Spreadsheets of a list, and the list carried over from the year before."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
