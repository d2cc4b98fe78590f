from django.urls import path

from apps.web.papers import checking, errata, views

urlpatterns = [
    path("records/papers/<int:pk>/", views.paper, name="paper"),
    path("records/papers/<int:pk>/pdf/", views.pdf, name="paper_pdf"),
    path("bureau/papers/<int:pk>/erratum/", errata.issue, name="issue_erratum"),
    path("check/", checking.form, name="check"),
    path("check/<str:code>/", checking.paper, name="check_paper"),
]
