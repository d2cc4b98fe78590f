"""How far the lists are used."""

from django.urls import path

from apps.web.figures import use

urlpatterns = [
    path("use/", use.utilisation, name="utilisation"),
    path("use/<int:pk>/", use.edition_use, name="edition_use"),
    path("heat/", use.heat, name="heat_map"),
    path("run-out/", use.run_out, name="run_out"),
]
