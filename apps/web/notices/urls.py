"""What one was told, how one wants to be told, and one's due moments in one's own calendar."""

from django.urls import path

from apps.web.notices import feed, preferences, views

urlpatterns = [
    path("", views.notices, name="notices"),
    path("<int:pk>/", views.notice, name="notice"),
    path("<int:pk>/read/", views.notice_read, name="notice_read"),
    path("read/", views.notices_read, name="notices_read"),
    path("bell/", views.bell, name="bell"),
    path("preferences/", preferences.notice_preferences, name="notice_preferences"),
    path("calendar/", feed.calendar_feed, name="calendar_feed"),
    path("due.ics", feed.due_feed, name="due_feed"),
]
