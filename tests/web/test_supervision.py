"""Cases under supervision on the desks of those who supervise them, and where the time went."""

from datetime import date

import pytest
from django.urls import reverse

from apps.figures.keeping import keep_times
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.sweeping import sweep
from tests.transfers.world import at
from tests.web.conftest import Site

WORKLIST, SUPERVISED, TIME_USE = "/bureau/cases/", "/clock/supervised/", "/clock/time-use/"


def late(site: Site, now: str = "2026-01-13") -> Application:
    """Filed on Monday the 5th, due on the 12th; as it stands at ten on the day."""
    case = site.world.filed(now=at("2026-01-05"))
    sweep(now=site.clock(now))
    return Application.objects.get(pk=case.pk)


def pinned_for(site: Site, *names: str) -> list[bool]:
    return [bool(site.client(name).get(WORKLIST).context["pinned"]) for name in names]


def test_supervision_reaches_the_desks_one_after_the_other(site: Site) -> None:
    """Pinned for the section head at once, for the signatory after two working days, for the head after four."""
    levels = ("cq.handler", "cq.section_head", "cq.signatory", "cq.bureau_head", "sc.section_head")
    late(site)
    assert pinned_for(site, *levels) == [False, True, False, False, False]
    sweep(now=site.clock("2026-01-15"))
    assert pinned_for(site, *levels) == [False, True, True, False, False]
    sweep(now=site.clock("2026-01-19"))
    assert pinned_for(site, *levels) == [False, True, True, True, False]


def test_what_is_pinned_tells_since_when_and_who_held_it_how_long(site: Site) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-07"))
    sweep(now=site.clock("2026-01-15"))
    row = site.client("sc.section_head").get(WORKLIST).context["pinned"]["rows"][0]
    assert (row.since, row.late_days) == (at("2026-01-13", "00:00"), 3)
    assert (row.level, row.holder) == ("分管负责人", "四川省生态环境厅")
    assert row.held == (("移出地", 2), ("接受地", 6))
    assert pinned_for(site, "cq.section_head") == [False]  # inside the bureau that holds it


def test_the_list_of_a_bureau_and_of_the_auditor(site: Site) -> None:
    case = late(site)
    origin = site.client("cq.signatory").get(SUPERVISED)
    assert [row.application.pk for row in origin.context["rows"]] == [case.pk]
    assert origin.context["rows"][0].told == str(site.world.user("cq.section_head"))
    assert not site.client("sc.signatory").get(SUPERVISED).context["rows"]
    assert len(site.client("sc.signatory").get(f"{SUPERVISED}?scope=all").context["rows"]) == 1
    assert len(site.client("auditor").get(SUPERVISED).context["rows"]) == 1
    assert not site.client("gz.signatory").get(f"{SUPERVISED}?scope=all").context["rows"]
    assert "没有督办的案件" in site.client("gz.signatory").get(SUPERVISED).content.decode()


def test_the_list_asks_no_more_for_more_cases(site: Site, django_assert_max_num_queries) -> None:
    client = site.client("cq.signatory")
    late(site)
    client.get(SUPERVISED)
    for _ in range(3):
        site.world.filed(now=at("2026-01-05"))
    sweep(now=at("2026-01-13"))
    with django_assert_max_num_queries(10):
        assert len(client.get(SUPERVISED).context["rows"]) == 4


def test_the_case_tells_where_its_time_went(site: Site) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-07"))
    consent(application_id=case.pk, by=site.world.user("sc.handler"), now=at("2026-01-08"))
    site.clock("2026-02-02")
    for name, url in (("cq.handler", "web:case"), ("dazu.filer", "web:own_application")):
        times = site.client(name).get(reverse(url, args=[case.pk])).context["times"]
        assert [(holder.value, days) for holder, days in times.parts] == [("origin", 2), ("destination", 1)]
        assert (times.total, times.is_over) == (3, True)


def test_who_was_told_stands_in_the_bureaus_timeline_only(site: Site) -> None:
    case, head = late(site), str(site.world.user("cq.section_head"))
    assert f"告知：{head}" in site.client("cq.handler").get(reverse("web:case", args=[case.pk])).content.decode()
    own = site.client("dazu.filer").get(reverse("web:own_application", args=[case.pk]))
    assert head not in own.content.decode()


def test_the_years_figures(site: Site) -> None:
    case = site.world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-07"))
    consent(application_id=case.pk, by=site.world.user("sc.handler"), now=at("2026-01-08"))
    keep_times()
    response = site.client("cq.handler").get(TIME_USE)
    rows = {row.kind: (row.cases, row.median) for row in response.context["holders"]}
    assert rows["origin"] == (1, 2)
    assert rows["applicant"] == (0, None)
    assert response.context["share"] == "100.0%"
    assert "重庆" in response.content.decode()
    assert site.client("auditor").get(f"{TIME_USE}?pair=500000-510000&route=fast_track").context["use"].whole.cases == 1
    assert site.client("gz.handler").get(TIME_USE).context["use"].whole.cases == 0
    assert site.client("auditor").get(f"{TIME_USE}?year=1999&pair=x&route=y").status_code == 200


@pytest.mark.parametrize(("day", "is_told"), [(date(2026, 6, 1), False), (date(2026, 12, 28), True)])
def test_the_desk_is_told_of_a_year_without_notice(site: Site, day: date, is_told: bool) -> None:
    site.clock(day.isoformat())
    site.world.filed(now=at(day.isoformat()), period=(day.isoformat(), "2026-12-31"))
    assert ("2027年年历尚未载入" in site.client("cq.handler").get(WORKLIST).content.decode()) == is_told
