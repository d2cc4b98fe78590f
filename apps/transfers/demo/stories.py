"""The demo's day: a case in every state, some due tomorrow, one in breach, one supervised (all fictional)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.organisations.enums import PermitStatus
from apps.organisations.models import Permit
from apps.organisations.services.parties import change_permit_status
from apps.transfers.demo.stage import Script, Stage, Wish, drafted, filed, moment, shipped
from apps.transfers.demo.uses import RESTORED_ON, SUSPENDED_ON
from apps.transfers.enums import RevocationKind, SuspensionReason
from apps.transfers.models import Application
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.ending import close, revoke
from apps.transfers.services.filing import withdraw
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.pausing import pause
from apps.transfers.services.reviewing import Point, accept, endorse, reject, request_correction
from apps.transfers.services.suspending import suspend

POINTS = (
    Point("委托合同", "委托合同约定的危险废物种类、数量与申请表不一致", "提交与申请表一致的合同或者补充协议"),
    Point("利用处置方式说明", "未载明工艺、能力及次生废物去向", "补充工艺、能力和次生废物去向说明"),
)
FEW = timedelta(hours=3)


class Day:
    """The demo's day and the working days before it."""

    def __init__(self, stage: Stage, today: date) -> None:
        self.stage = stage
        self.today = today

    def ago(self, days: int, clock: str = "09:00") -> datetime:
        """So many working days before the demo's day."""
        return moment(self.stage.before(self.today, days) if days else self.today, clock)


def stories(stage: Stage, today: date) -> Iterator[Script]:
    """One script a case; each is named by what it shows."""
    day = Day(stage, today)
    yield _drafts(stage, day)
    yield _permit(stage)
    yield _permit_case(stage)
    # Before the Dazu firm's 120 t: 60 t in hand on its entry, of 1,760 t left.
    yield _only_filed(stage, "G-CQ1 O-SC1 900-045-49 R4 30", day.ago(4, "09:10"))
    yield _waiting_for_reply(stage, "G-CQ1 O-SC1 900-045-49 R4 30", day.ago(4, "09:20"), day.ago(2, "10:00"))
    yield _only_filed(stage, "G-SC3 O-CQ2 398-051-22 R4 120", day.ago(1, "15:50"))
    yield _accepted(stage, "G-GZ2 O-CQ2 900-451-13 R15 40", day.ago(1, "09:30"))
    yield _only_filed(stage, "G-CQ3 O-SC2 900-249-08 R9 60", day.ago(2, "09:40"), route="general")
    yield _with_opinion(stage, "G-CQ1 O-GZ2 772-007-50 R8 35", day.ago(6, "09:42"), day.ago(3, "11:00"))
    yield _only_filed(stage, "G-SC2 O-GZ1 261-054-29 R4 20", day.ago(8, "09:45"), route="general")
    # Received six and eight working days ago, five were given: in breach, the second on the signatory's list.
    yield _only_filed(stage, "G-GZ2 O-SC1 900-045-49 R4 25", day.ago(6, "10:00"))
    yield _waiting_for_reply(stage, "G-YN3 O-GZ1 261-054-29 R4 30", day.ago(8, "10:10"), day.ago(6, "11:00"))
    yield _partial(stage, day)
    yield _in_correction(stage, "G-SC2 O-YN2 900-041-49 C3 45", day.ago(5, "10:30"), day.ago(3, "14:00"))
    yield _suspended(stage, day)
    yield _over_quota(stage, day)
    yield _rejected(stage, day)
    yield _withdrawn(stage, day)
    yield _in_correction(stage, "G-GZ2 O-YN2 900-045-49 R4 12", day.ago(40, "11:20"), day.ago(38, "14:00"))
    yield _revoked(stage, day)
    yield _closed(stage, day)
    yield _through_guizhou(stage, day)
    yield _paused(stage, day)


def _wish(text: str) -> Wish:
    generator, operator, code, method, amount = text.split()
    return Wish(generator, operator, code, method, Decimal(amount))


def _ends(wish: Wish) -> tuple[str, str]:
    return wish.generator[2:4], wish.operator[2:4]


def _drafts(stage: Stage, day: Day) -> Script:
    yield (now := day.ago(2, "16:00"))
    drafted(stage, _wish("G-CQ1 O-SC1 900-045-49 R4 120"), now, materials=False)
    yield (now := day.ago(1, "16:30"))
    drafted(stage, _wish("G-SC1 O-CQ1 900-052-31 R4 30000"), now)


def _permit(stage: Stage) -> Script:
    """The permit of O-GZ2 is suspended in the middle of the year and restored in autumn."""
    permit = Permit.objects.in_force_on(SUSPENDED_ON).get(enterprise=stage.enterprise("O-GZ2"))
    for on, status, number, why in (
        (SUSPENDED_ON, PermitStatus.SUSPENDED, "黔环罚〔2026〕41号", "停产整治"),
        (RESTORED_ON, PermitStatus.VALID, "黔环函〔2026〕118号", "整治验收合格"),
    ):
        yield (now := moment(on, "08:40"))
        change_permit_status(
            permit=permit,
            status=status,
            document_no=number,
            effective_on=on,
            reason=why,
            by=stage.handler("GZ"),
            now=now,
        )


def _permit_case(stage: Stage) -> Script:
    """In hand when the permit is suspended: the destination suspends the review, then does not agree."""
    wish = _wish("G-YN1 O-GZ2 900-052-31 R4 300")
    yield (now := moment(stage.before(SUSPENDED_ON, 2), "09:00"))
    case = filed(stage, wish, now)
    yield (now := moment(stage.before(SUSPENDED_ON, 1), "10:00"))
    endorse(application_id=case.pk, by=stage.handler("YN"), now=now)
    yield (now := moment(SUSPENDED_ON, "10:00"))
    end = stage.after(SUSPENDED_ON, 20)
    suspend(
        application_id=case.pk,
        by=stage.handler("GZ"),
        now=now,
        reason=SuspensionReason.PERMIT,
        explanation="接受人的危险废物经营许可证被暂扣（停产整治），待整治结果。",
        expected_end_on=end,
    )
    yield (now := moment(stage.after(end, 1), "10:00"))
    reasons = "接受人的危险废物经营许可证自2026年7月15日起被暂扣（停产整治），尚未恢复。"
    object_to(application_id=case.pk, by=stage.handler("GZ"), now=now, reasons=reasons)
    yield (now := moment(stage.after(end, 2), "10:00"))
    reject(application_id=case.pk, by=stage.handler("YN"), now=now, reasons=reasons)


def _only_filed(stage: Stage, text: str, now: datetime, *, route: str = "fast_track") -> Script:
    yield now
    filed(stage, _wish(text), now, route=route)


def _accepted(stage: Stage, text: str, now: datetime) -> Script:
    yield now
    wish = _wish(text)
    case = filed(stage, wish, now)
    yield (now := now + FEW)
    accept(application_id=case.pk, by=stage.handler(_ends(wish)[0]), now=now)


def _endorsed(stage: Stage, wish: Wish, case: Application, now: datetime) -> None:
    endorse(application_id=case.pk, by=stage.handler(_ends(wish)[0]), now=now)


def _waiting_for_reply(stage: Stage, text: str, filed_at: datetime, endorsed_at: datetime) -> Script:
    yield filed_at
    wish = _wish(text)
    case = filed(stage, wish, filed_at)
    yield endorsed_at
    _endorsed(stage, wish, case, endorsed_at)


def _approved(stage: Stage, wish: Wish, filed_at: datetime, kept: list[Application]) -> Script:
    """Filed, endorsed the same day, consented to the day after; the approval goes into ``kept``."""
    yield filed_at
    case = filed(stage, wish, filed_at)
    yield (now := filed_at + FEW)
    _endorsed(stage, wish, case, now)
    yield (now := moment(stage.after(filed_at.date(), 1), "15:00"))
    kept.append(consent(application_id=case.pk, by=stage.handler(_ends(wish)[1]), now=now))


def _with_opinion(stage: Stage, text: str, filed_at: datetime, given_at: datetime) -> Script:
    yield filed_at
    case = filed(stage, _wish(text), filed_at, route="general")
    yield given_at
    give_opinion(
        application_id=case.pk,
        by=stage.parties.users["dazu.local"],
        now=given_at,
        agrees=True,
        text="该单位近一年无环境违法记录，同意移出。",
    )


def _partial(stage: Stage, day: Day) -> Script:
    """The destination agrees to fewer tonnes: the origin has to decide."""
    wish = _wish("G-CQ3 O-YN2 900-045-49 R4 80")
    yield (now := day.ago(4, "10:20"))
    case = filed(stage, wish, now)
    yield (now := day.ago(3, "10:20"))
    _endorsed(stage, wish, case, now)
    yield (now := day.ago(2, "10:20"))
    consent(
        application_id=case.pk,
        by=stage.handler("YN"),
        now=now,
        amounts={case.items.get().pk: Decimal(50)},
        reasons="接受人本年度剩余经营能力不足，同意接受 50 吨。",
    )


def _in_correction(stage: Stage, text: str, filed_at: datetime, asked_at: datetime) -> Script:
    yield filed_at
    wish = _wish(text)
    case = filed(stage, wish, filed_at)
    yield asked_at
    request_correction(application_id=case.pk, by=stage.handler(_ends(wish)[0]), now=asked_at, points=POINTS)


def _suspended(stage: Stage, day: Day) -> Script:
    yield (now := day.ago(6, "10:40"))
    case = filed(stage, _wish("G-GZ3 O-SC2 900-249-08 R9 50"), now)
    yield (now := day.ago(4, "10:40"))
    suspend(
        application_id=case.pk,
        by=stage.handler("GZ"),
        now=now,
        reason=SuspensionReason.TESTING,
        explanation="对废物含水率和闪点抽样检测，报告预计八个工作日内取得。",
        expected_end_on=stage.after(day.today, 4),
    )


def _over_quota(stage: Stage, day: Day) -> Script:
    """20,000 t left on the entry and 30,000 wanted: at the destination."""
    wish = _wish("G-SC1 O-CQ1 900-052-31 R4 30000")
    yield (now := day.ago(7, "10:50"))
    case = filed(stage, wish, now, route="over_quota")
    yield (now := day.ago(4, "10:50"))
    _endorsed(stage, wish, case, now)


def _rejected(stage: Stage, day: Day) -> Script:
    wish = _wish("G-YN2 O-SC1 900-045-49 R4 30")
    yield (now := day.ago(20, "11:00"))
    case = filed(stage, wish, now)
    yield (now := day.ago(19, "11:00"))
    _endorsed(stage, wish, case, now)
    yield (now := day.ago(18, "11:00"))
    reasons = "接受人核准年经营规模内本年度已同意接受的数量较大，剩余贮存能力不足以接受本次申请数量。"
    object_to(application_id=case.pk, by=stage.handler("SC"), now=now, reasons=reasons)
    yield (now := day.ago(17, "11:00"))
    reject(application_id=case.pk, by=stage.handler("YN"), now=now, reasons=reasons)


def _withdrawn(stage: Stage, day: Day) -> Script:
    wish = _wish("G-CQ1 O-GZ1 900-023-29 R4 5")
    yield (now := day.ago(18, "11:10"))
    case = filed(stage, wish, now)
    yield (now := day.ago(17, "11:10"))
    withdraw(application_id=case.pk, by=stage.filer(wish.generator), now=now, reason="运输安排变化，改期申请。")


def _revoked(stage: Stage, day: Day) -> Script:
    kept: list[Application] = []
    wish = _wish("G-SC3 O-YN2 900-041-49 C3 60")
    yield from _approved(stage, wish, day.ago(30, "11:30"), kept)
    yield (now := day.ago(25, "11:30"))
    shipped(stage, wish, kept[0], Decimal(18), now)
    yield (now := day.ago(12, "11:30"))
    revoke(
        application_id=kept[0].pk,
        by=stage.handler("SC"),
        now=now,
        kind=RevocationKind.WITHDRAWAL,
        reasons="移出人搬迁停产，作出决定所依据的客观情况发生重大变化。",
    )


def _closed(stage: Stage, day: Day) -> Script:
    kept: list[Application] = []
    wish = _wish("G-YN3 O-CQ1 384-004-31 R4 20")
    yield from _approved(stage, wish, day.ago(28, "11:40"), kept)
    yield (now := day.ago(20, "11:40"))
    shipped(stage, wish, kept[0], Decimal("19.4"), now)
    yield (now := day.ago(15, "11:40"))
    close(application_id=kept[0].pk, by=stage.filer(wish.generator), now=now)


def _through_guizhou(stage: Stage, day: Day) -> Script:
    """Chongqing and Yunnan share no border: the copies go to the transit province, too."""
    kept: list[Application] = []
    wish = _wish("G-CQ2 O-YN1 900-052-31 R4 200")
    yield from _approved(stage, wish, day.ago(5, "11:50"), kept)
    yield (now := day.ago(2, "11:50"))
    shipped(stage, wish, kept[0], Decimal(60), now)


def _paused(stage: Stage, day: Day) -> Script:
    kept: list[Application] = []
    wish = _wish("G-YN2 O-SC1 900-045-49 R4 10")
    yield from _approved(stage, wish, day.ago(14, "12:00"), kept)
    yield (now := day.ago(3, "12:00"))
    pause(
        application_id=kept[0].pk,
        by=stage.handler("YN"),
        now=now,
        until_on=None,
        reason="接受人破碎车间检修，暂不具备接受条件。",
        document_no="川环函〔2026〕902号",
    )
