"""Spreadsheets of a list, and the list carried over from the year before."""

from django.urls import path

from apps.web.whitelist import carrying, sheets

urlpatterns = [
    path("<int:pk>/template/", sheets.lines_template, name="lines_template"),
    path("<int:pk>/export/", sheets.edition_export, name="edition_export"),
    path("<int:pk>/import/", sheets.import_lines, name="import_lines"),
    path("<int:pk>/carry-over/", carrying.carry, name="carry_over"),
    path("imports/<int:pk>/", sheets.import_state, name="import_state"),
    path("imports/<int:pk>/annotated/", sheets.import_annotated, name="import_annotated"),
]
