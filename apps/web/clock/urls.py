"""The calendar and its changes, cases under supervision, where the time went."""

from django.urls import path

from apps.web.clock import calendar, changing, supervision, time_use

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/day/", changing.calendar_day, name="calendar_day"),
    path("calendar/load/", changing.calendar_load, name="calendar_load"),
    path("calendar/changes/<int:pk>/", changing.calendar_change, name="calendar_change"),
    path("supervised/", supervision.supervised, name="supervised"),
    path("time-use/", time_use.time_use_page, name="time_use"),
]
