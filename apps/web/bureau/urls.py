from django.urls import path

from apps.web.bureau import views
from apps.web.bureau.later import ALL

urlpatterns = [
    path("cases/", views.worklist, name="worklist"),
    path("cases/<int:pk>/", views.case, name="case"),
    *(path(f"cases/<int:pk>/{name}/", views.act, {"name": name}, name=name) for name in ALL),
]
