from django.urls import path

from apps.web.enterprise import copying, deeds, editing, lookup, views

urlpatterns = [
    path("applications/", views.own_applications, name="own_applications"),
    path("applications/new/", views.new_application, name="new_application"),
    path("applications/<int:pk>/", views.own_application, name="own_application"),
    path("applications/<int:pk>/draft/", editing.draft, name="draft"),
    path("applications/<int:pk>/lookup/", lookup.lookup, name="lookup"),
    path("applications/<int:pk>/again/", copying.again, name="again"),
    path("applications/<int:pk>/delete/", views.delete, name="delete_draft"),
    path("applications/<int:pk>/withdraw/", views.withdraw_application, name="withdraw"),
    *(path(f"applications/<int:pk>/{name}/", deeds.deed, {"name": name}, name=name) for name in deeds.DEEDS),
    path("addressed/", views.addressed_applications, name="addressed_applications"),
]
