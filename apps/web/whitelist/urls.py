"""The negotiation of lists."""

from django.urls import path

from apps.web.whitelist import acting, desk, editing, editions

urlpatterns = [
    path("", desk.whitelist, name="whitelist"),
    path("lists/", editions.edition_list, name="edition_list"),
    path("new/", editions.new_edition, name="new_edition"),
    path("<int:pk>/", editions.edition, name="edition"),
    path("<int:pk>/rounds/<int:position>/", editions.edition_round, name="edition_round"),
    path("<int:pk>/lines/", editing.add_line, name="add_line"),
    path("<int:pk>/lines/<int:line>/", editing.edit_line, name="edit_line"),
    path("<int:pk>/lines/<int:line>/strike/", editing.strike_line, name="strike_line"),
    path("<int:pk>/reset/", editing.reset_lines, name="reset_lines"),
    path("<int:pk>/propose/", acting.propose_edition, name="propose_edition"),
    path("<int:pk>/counter/", acting.counter_edition, name="counter_edition"),
    path("<int:pk>/confirm/", acting.confirm_edition, name="confirm_edition"),
    path("<int:pk>/abandon/", acting.abandon_edition, name="abandon_edition"),
]
