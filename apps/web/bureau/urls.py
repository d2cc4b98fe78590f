from django.urls import include, path

from apps.web.bureau import deciding, views
from apps.web.bureau.later import ALL

urlpatterns = [
    path("cases/", views.worklist, name="worklist"),
    path("cases/export/", views.worklist_export, name="worklist_export"),
    path("cases/<int:pk>/", views.case, name="case"),
    *(path(f"cases/<int:pk>/{name}/", deciding.act, {"name": name}, name=name) for name in ALL),
    path("signing/", include("apps.web.bureau.signing.urls")),
]
