from django.urls import include, path

from apps.web.bureau import casework, deciding, notes, noticing, supplements, views
from apps.web.bureau.later import ALL

urlpatterns = [
    path("cases/", views.worklist, name="worklist"),
    path("cases/export/", views.worklist_export, name="worklist_export"),
    path("cases/<int:pk>/", casework.case, name="case"),
    path("cases/<int:pk>/check/", casework.case_check, name="case_check"),
    path("cases/<int:pk>/moved/", noticing.moved, name="case_moved"),
    path("cases/<int:pk>/notes/", notes.notes, name="case_notes"),
    path("cases/<int:pk>/supplements/", supplements.case_supplements, name="case_supplements"),
    path("cases/<int:pk>/take-on/", notes.take_case_on, name="take_on"),
    path("cases/<int:pk>/remind/", notes.send_reminder, name="remind"),
    *(path(f"cases/<int:pk>/{name}/", deciding.act, {"name": name}, name=name) for name in ALL),
    path("signing/", include("apps.web.bureau.signing.urls")),
]
