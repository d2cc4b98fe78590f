from django.urls import path

from apps.web.records import views

urlpatterns = [
    path("attachments/<int:pk>/", views.attachment, name="attachment"),
]
