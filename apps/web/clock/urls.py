"""The calendar and its changes."""

from django.urls import path

from apps.web.clock import calendar, changing

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/day/", changing.calendar_day, name="calendar_day"),
    path("calendar/load/", changing.calendar_load, name="calendar_load"),
    path("calendar/changes/<int:pk>/", changing.calendar_change, name="calendar_change"),
]
