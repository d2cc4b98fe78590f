"""The reminder letter to the destination."""

import pytest

from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.urging import remind
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world: World) -> Application:
    """Over quota: asked on Tuesday 2026-01-06, the reply is due in ten working days, on Tuesday the 20th."""
    case = world.filed(now=at("2026-01-05"), route="over_quota", items={"900-045-49": "3100"})
    return endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))


def urge(world: World, case: Application, day: str, by: str = "cq.handler") -> Application:
    return remind(application_id=case.pk, by=world.user(by), now=at(day))


def test_from_the_working_day_before_the_due_day(world, asked):
    with pytest.raises(Refused, match="自其前一个工作日（2026-01-19）起") as refused:
        urge(world, asked, "2026-01-16")
    assert refused.value.code == "reminder.early"
    assert not asked.papers.filter(kind="reminder").exists()
    case = urge(world, asked, "2026-01-19")
    letter = case.papers.get(kind="reminder")
    assert letter.number.startswith("渝环危转函〔2026〕")
    assert "将于2026年1月20日届满" in str(letter.content)
    assert (case.state, case.log.last().act) == ("destination_review", "remind")


def test_once_a_day_and_again_after_the_due_day(world, asked):
    urge(world, asked, "2026-01-19")
    with pytest.raises(Refused, match="今日已经发出") as refused:
        urge(world, asked, "2026-01-19")
    assert refused.value.code == "reminder.today"
    urge(world, asked, "2026-01-21")
    letters = asked.papers.filter(kind="reminder")
    assert letters.count() == 2
    assert "已于2026年1月20日届满" in str(letters.last().content)


def test_a_letter_that_was_urged_can_no_longer_be_recalled(world):
    case = world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-09", "10:00"))
    remind(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-09", "10:01"))
    with pytest.raises((NotAllowed, Refused)):
        recall(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-09", "10:02"))


def test_only_the_origin_and_only_while_it_waits(world, asked):
    with pytest.raises(NotAllowed):
        urge(world, asked, "2026-01-19", "sc.handler")
    consent(application_id=asked.pk, by=world.user("sc.handler"), now=at("2026-01-19"))
    with pytest.raises(Refused) as refused:
        urge(world, asked, "2026-01-20")
    assert refused.value.code == "state.moved"
