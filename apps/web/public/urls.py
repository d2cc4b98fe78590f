from django.urls import path

from apps.web.public import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("states.svg", views.states, name="states_picture"),
    path("lists/", views.lists, name="public_lists"),
    path("lists/<int:pk>/", views.edition, name="public_list"),
]
