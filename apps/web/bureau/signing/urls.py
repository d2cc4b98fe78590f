from django.urls import path

from apps.web.bureau.signing import standing_in, views

urlpatterns = [
    path("", views.desk, name="signing"),
    path("batch/", views.batch, name="sign_batch"),
    path("deputies/", standing_in.deputies, name="deputies"),
    path("<int:pk>/", views.preparation, name="preparation"),
]
