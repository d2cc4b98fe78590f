"""Cases that wait at the demo's signing desks: prepared, reviewed, sent back (all fictional)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.organisations.models import User
from apps.transfers.demo.stage import Script, Stage, Wish, filed, moment
from apps.transfers.enums import OPEN_STATES
from apps.transfers.models import Application
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.signing.passing import review, send_back
from apps.transfers.services.signing.preparing import prepare

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """One case: what is wished for, which bureau prepares what, how far it has come."""

    wish: str
    bureau: str
    act: str
    remark: str = ""
    reviewed: bool = False
    sent_back: str = ""

    @property
    def wanted(self) -> Wish:
        generator, operator, code, method, amount = self.wish.split()
        return Wish(generator, operator, code, method, Decimal(amount))

    @property
    def is_answer(self) -> bool:
        """Whether the destination prepares it: the letter has been sent."""
        return self.act == "consent"


WAITING = (
    Waiting("G-CQ3 O-SC2 900-214-08 R9 25", "SC", "consent", reviewed=True),
    Waiting("G-CQ1 O-SC2 900-214-08 R9 12.5", "SC", "consent", reviewed=True),
    Waiting("G-CQ3 O-SC2 900-214-08 R9 41", "SC", "consent", "接受人近期接收量正常，贮存有余。"),
    Waiting("G-SC3 O-CQ2 398-051-22 R4 22", "SC", "approve", reviewed=True),
    Waiting("G-SC2 O-CQ2 398-051-22 R4 18", "SC", "approve", sent_back="合同期限与申请期限不一致，请核对后再送。"),
    Waiting("G-CQ2 O-GZ2 900-052-31 R4 200", "CQ", "endorse", "承运人资质已核。"),
    Waiting("G-CQ1 O-GZ1 900-023-29 R4 6", "CQ", "endorse"),
    Waiting("G-CQ3 O-YN2 900-045-49 R4 15", "CQ", "endorse", sent_back="途经地请再核对。"),
    Waiting("G-GZ3 O-SC2 900-249-08 R9 30", "GZ", "endorse"),
)


def waiting_cases(stage: Stage, today: date) -> Iterator[Script]:
    """File each the day before yesterday's working day or yesterday; the letters go out yesterday afternoon."""
    for serial, row in enumerate(WAITING):
        minute = timedelta(minutes=7 * serial)
        filed_at = moment(stage.before(today, 2 if row.is_answer else 1), "14:00") + minute
        yield _case(stage, row, filed_at, moment(stage.before(today, 1), "15:30") + minute)


def _case(stage: Stage, row: Waiting, filed_at: datetime, endorsed_at: datetime) -> Script:
    yield filed_at
    case = filed(stage, row.wanted, filed_at)
    if row.is_answer:
        yield endorsed_at
        endorse(application_id=case.pk, by=stage.handler(row.wanted.generator[2:4]), now=endorsed_at)


def fill_desks(stage: Stage, now: datetime) -> int:
    """Prepare what waits; needs the bureaus' chains. Gives how many wait."""
    for serial, row in enumerate(WAITING):
        at = now - AN_HOUR + timedelta(minutes=3 * serial)
        waiting = prepare(
            application_id=_found(stage, row.wanted).pk,
            name=row.act,
            by=stage.handler(row.bureau),
            now=at,
            arguments={},
            remark=row.remark,
        )
        next_one = _next(stage, row.bureau)
        if row.reviewed:
            review(preparation_id=waiting.pk, by=next_one, now=at, revision=waiting.revision, remark="已核，请审签。")
        if row.sent_back:
            send_back(preparation_id=waiting.pk, by=next_one, now=at, revision=waiting.revision, remark=row.sent_back)
    return len(WAITING)


def _found(stage: Stage, wish: Wish) -> Application:
    return Application.objects.filter(
        generator=stage.enterprise(wish.generator),
        operator=stage.enterprise(wish.operator),
        items__amount_t=wish.amount_t,
        state__in=OPEN_STATES,
    ).latest("pk")


def _next(stage: Stage, bureau: str) -> User:
    """Who does the step after the handler's: Chongqing's signatory, elsewhere the section head."""
    return stage.parties.users[f"{bureau.lower()}.{'signatory' if bureau == 'CQ' else 'section_head'}"]
