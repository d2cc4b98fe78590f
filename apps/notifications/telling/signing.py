"""Steps of the sign-off chain as they are told: to whoever has to review or sign next, and to the handler of what came back."""

from collections.abc import Iterable

from apps.notifications.enums import MessageKind, Source, Subject
from apps.notifications.telling.cases import parties_in_words
from apps.notifications.telling.notices import Happening, Notice, Post
from apps.transfers.attendances import ATTENDANCES
from apps.transfers.enums import PreparationState, SigningKind
from apps.transfers.models import Application, Preparation, SigningStep

VERBS: dict[str, str] = {
    row.name: row.custom["verb"] for row in Application._meta.get_field("state").get_all_transitions(Application)
} | {name: row.verb for name, row in ATTENDANCES.items()}
# A step is told as long as nothing has happened since that makes it somebody else's turn.
STILL = {
    SigningKind.PREPARED: PreparationState.PREPARED,
    SigningKind.REVIEWED: PreparationState.REVIEWED,
    SigningKind.SENT_BACK: PreparationState.SENT_BACK,
}


def happenings_of_signing(rows: Iterable[SigningStep]) -> list[Happening]:
    """Rows of the chain's log, read with their preparation, its case and who did the step."""
    return [_happening(row, row.preparation) for row in rows]


def _happening(row: SigningStep, preparation: Preparation) -> Happening:
    return Happening(
        source=Source.SIGNING,
        source_id=row.pk,
        occurred_at=row.at,
        subject=Subject.SIGNING,
        subject_id=preparation.pk,
        number=preparation.application.number or "",
        actor_id=row.by_id,
        notices=_notices(row, preparation) if STILL.get(SigningKind(row.kind)) == preparation.state else (),
    )


def _notices(row: SigningStep, preparation: Preparation) -> tuple[Notice, ...]:
    verb = VERBS.get(preparation.act, preparation.act)
    remark = f"意见：{row.remark}" if row.remark else ""
    words = f"{parties_in_words(preparation.application)}。"
    if row.kind == SigningKind.SENT_BACK:
        sentence = f"{words}{row.by}退回了您拟办的“{verb}”，请修改后重新送审。{remark}"
        return (
            Notice(Post(people=frozenset({preparation.handler_id})), MessageKind.SIGNING, f"已退回：{verb}", sentence),
        )
    step = "签发" if preparation.waits_for_signature else "审核"
    post = Post(frozenset({preparation.waits_for}), bureau_id=preparation.bureau_id)
    sentence = f"{words}{row.by}送来“{verb}”，请{step}。{remark}"
    return (Notice(post, MessageKind.SIGNING, f"待{step}：{verb}", sentence),)
