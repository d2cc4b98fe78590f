from django.urls import path

from apps.web.records import views

urlpatterns = [
    path("papers/<int:pk>/", views.paper, name="paper"),
    path("attachments/<int:pk>/", views.attachment, name="attachment"),
]
