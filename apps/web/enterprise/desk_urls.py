"""The enterprise's desk beside the form itself: files, answers, shipments."""

from django.urls import path

from apps.web.enterprise import attachments

urlpatterns = [
    path("applications/<int:pk>/files/", attachments.files, name="files"),
]
