from datetime import date

import pytest
from django.contrib import admin
from django.test import RequestFactory

from apps.deadlines import models
from apps.deadlines.services import start_clock
from tests.deadlines.conftest import at

SHOWN = [models.CalendarYear, models.LadderRung, models.Deadline]


@pytest.mark.parametrize("model", SHOWN)
def test_nothing_of_the_clocks_is_changed_in_the_admin(admin_user, model):
    request = RequestFactory().get("/")
    request.user = admin_user
    page = admin.site.get_model_admin(model)
    assert page.has_view_permission(request)
    assert not any((
        page.has_add_permission(request), page.has_change_permission(request), page.has_delete_permission(request)
    ))  # fmt: skip


def test_lists_and_pages_open(admin_client, calendar):
    clock = start_clock(
        reference="r", kind="whole", day0=date(2026, 1, 5), days=5, now=at("2026-01-05 12:00"), calendar=calendar
    )
    for model, key in zip(SHOWN, (2026, models.LadderRung.objects.first().pk, clock.pk), strict=True):
        path = f"/admin/deadlines/{model._meta.model_name}/"
        assert admin_client.get(path).status_code == 200
        assert admin_client.get(f"{path}{key}/change/").status_code == 200
