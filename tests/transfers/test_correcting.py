"""A correction answered point by point: kept as typed, never overwritten in silence, submitted whole."""

import pytest

from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Application, CorrectionPoint
from apps.transfers.services.correcting import save_answer
from apps.transfers.services.filing import resubmit
from apps.transfers.services.reviewing import Point, request_correction
from tests.transfers.world import World, at

DAY0, DAY1, DAY2 = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")
POINTS = [Point("合同", "缺少签章页", "请补充签章页"), Point("包装方式", "与合同不一致", "请核对")]


@pytest.fixture
def case(world: World) -> Application:
    filed = world.filed(now=DAY0)
    return request_correction(application_id=filed.pk, by=world.user("cq.handler"), now=DAY1, points=POINTS)


def save(world: World, case: Application, position: int = 1, **changes) -> CorrectionPoint:
    typed = {"answer": "已补充。", "is_done": True, "seen": "", "by": world.user("dazu.filer"), "now": DAY2} | changes
    return save_answer(application_id=case.pk, position=position, **typed)


def test_each_point_is_kept_by_itself(world: World, case: Application) -> None:
    version = Application.objects.get(pk=case.pk).version
    save(world, case, answer="  已补充\r\n签章页。 ")
    save(world, case, 2, answer="核对中", is_done=False)
    kept = list(CorrectionPoint.objects.values_list("position", "answer", "is_done"))
    assert kept == [(1, "已补充\n签章页。", True), (2, "核对中", False)]
    # The form beside it is not out of date for that.
    assert Application.objects.get(pk=case.pk).version == version


def test_what_another_tab_wrote_is_not_overwritten(world: World, case: Application) -> None:
    save(world, case, answer="甲写的")
    with pytest.raises(Refused, match="第 1 项的说明已在另一处改为“甲写的”") as refused:
        save(world, case, answer="乙写的")
    assert (refused.value.code, refused.value.field) == ("answer.conflict", "answer_1")
    assert CorrectionPoint.objects.get(position=1).answer == "甲写的"
    assert save(world, case, answer="乙写的", seen="甲写的").answer == "乙写的"
    # The same saved twice is no conflict.
    assert save(world, case, answer="乙写的", seen="甲写的").answer == "乙写的"


def test_four_thousand_characters(world: World, case: Application) -> None:
    assert len(save(world, case, answer="字" * 4000).answer) == 4000
    with pytest.raises(Refused, match="最多 4000 字，现有 4001 字") as refused:
        save(world, case, answer="字" * 4001, seen="字" * 4000)
    assert refused.value.code == "answer.long"


def test_no_such_point_or_no_correction(world: World, case: Application) -> None:
    with pytest.raises(NotFound):
        save(world, case, 3)
    with pytest.raises(NotFound):
        save(world, world.draft(now=DAY0))


def test_after_the_last_day_nothing_is_kept(world: World, case: Application) -> None:
    with pytest.raises(Refused, match="补正期限已经届满"):
        save(world, case, now=at("2026-03-02"))


def test_what_was_kept_is_submitted(world: World, case: Application) -> None:
    save(world, case)
    save(world, case, 2, answer="已核对。")
    answers = dict(CorrectionPoint.objects.values_list("position", "answer"))
    done = resubmit(
        application_id=case.pk, by=world.user("dazu.filer"), now=DAY2, seen_route="fast_track", answers=answers
    )
    assert done.state == "origin_review"
    with pytest.raises(Refused) as refused:
        save(world, case, answer="更正", seen="已补充。")
    assert refused.value.code == "draft.closed"
