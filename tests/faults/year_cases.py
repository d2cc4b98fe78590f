"""What happens to a list during its year, and to approvals that hang on it, with the case in which each is called."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from apps.organisations.enums import PermitStatus
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.following import follow_one, follow_suspensions
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.telling import tell_senders, tell_senders_of_permits
from apps.whitelists.models import Adjustment, Bar
from apps.whitelists.services.adjusting import (
    confirm_adjustment,
    decline_adjustment,
    propose_adjustment,
    take_adjustment_back,
)
from apps.whitelists.services.gaps import warn_gaps
from apps.whitelists.services.lines import LineForm
from apps.whitelists.services.permits import record_permit_status
from apps.whitelists.services.suspending import lift, suspend_edition, suspend_entry, suspend_operator
from tests.transfers.world import World, at

Call = Callable[[], object]
MONDAY, NOW, LATER = at("2026-01-05"), at("2026-01-06"), at("2026-01-12")
PAPER = {"document_no": "川环罚〔2026〕3号", "from_on": date(2026, 1, 6), "reason": "超许可范围贮存", "now": NOW}
LIFTED = {"document_no": "川环函〔2026〕90号", "lifted_on": date(2026, 1, 12), "reason": "整改到位", "now": LATER}


def proposed(world: World) -> Adjustment:
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    target = entry.edition.entries.exclude(pk=entry.pk).earliest("pk")
    words = {"letter_no": "川环函〔2026〕41号", "reason": "检修", "target_id": target.pk}
    by = world.user("sc.whitelist_admin")
    return propose_adjustment(entry_id=entry.pk, change_t=Decimal(-30), by=by, now=NOW, **words)


def proposing(world: World) -> Call:
    entry, by = world.entry("O-SC1", "900-045-49", "CQ"), world.user("sc.whitelist_admin")
    words = {"letter_no": "川环函〔2026〕41号", "reason": "检修"}
    return lambda: propose_adjustment(entry_id=entry.pk, change_t=Decimal(-30), by=by, now=NOW, **words)


def answering(service: Callable, who: str = "cq.whitelist_admin", **words: object) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        row, by = proposed(world), world.user(who)
        return lambda: service(adjustment_id=row.pk, by=by, now=LATER, **words)

    return prepare


def making_a_line(world: World) -> Call:
    entry, operator = world.entry("O-SC1", "900-045-49", "CQ"), world.enterprise("O-SC2")
    line = operator.permits.latest("valid_from").lines.get(waste_code="900-023-29")
    form = LineForm(operator_id=operator.pk, waste_codes=(line.waste_code,), method=line.method, quota_t=Decimal(30))
    words = {"letter_no": "川环函〔2026〕41号", "reason": "检修", "new_line": form}
    row = propose_adjustment(
        entry_id=entry.pk, change_t=Decimal(-30), by=world.user("sc.whitelist_admin"), now=NOW, **words
    )
    by = world.user("cq.whitelist_admin")
    return lambda: confirm_adjustment(adjustment_id=row.pk, by=by, now=LATER, letter_no="渝环函〔2026〕17号")


def withholding(world: World) -> Call:
    permit = world.enterprise("O-SC1").permits.latest("valid_from")
    words = {"document_no": "川环罚〔2026〕3号", "effective_on": date(2026, 1, 6), "reason": "超许可范围贮存"}
    by, status = world.user("sc.whitelist_admin"), PermitStatus.SUSPENDED
    return lambda: record_permit_status(permit_id=permit.pk, status=status, by=by, now=NOW, **words)


def suspending(service: Callable, **scope: object) -> Callable[[World], Call]:
    def prepare(world: World) -> Call:
        entry, by = world.entry("O-SC1", "900-045-49", "CQ"), world.user("sc.whitelist_admin")
        key = {
            suspend_entry: {"entry_id": entry.pk},
            suspend_edition: {"edition_id": entry.edition_id},
            suspend_operator: {"operator_id": entry.operator_id},
        }[service]
        return lambda: service(**key, **scope, by=by, **PAPER)

    return prepare


def suspended(world: World) -> Bar:
    return suspending(suspend_entry)(world)()


def lifting(world: World) -> Call:
    bar, by = suspended(world), world.user("sc.whitelist_admin")
    return lambda: lift(bar_id=bar.pk, by=by, **LIFTED)


def warning(world: World) -> Call:
    """One list ends with none after it; what had come due before is told already."""
    warn_gaps(now=at("2026-10-01"))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    type(entry.edition).objects.exclude(pk=entry.edition_id).filter(ends_on__year=2026).update(
        ends_on=date(2027, 1, 31)
    )
    return lambda: warn_gaps(now=at("2026-12-01"))


def approved(world: World, amount: str = "120") -> Application:
    case = world.filed(now=MONDAY, items={"900-045-49": amount})
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY)
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=MONDAY)


def pausing(world: World) -> Call:
    case = approved(world)
    suspended(world)
    return lambda: follow_one(application_id=case.pk, now=NOW)


def going_on(world: World) -> Call:
    case, lift_it = approved(world), lifting(world)
    follow_one(application_id=case.pk, now=NOW)
    lift_it()
    return lambda: follow_one(application_id=case.pk, now=LATER)


def telling(world: World) -> Call:
    world.draft(now=MONDAY)
    suspended(world)
    return lambda: tell_senders(now=NOW)


def telling_of_a_permit(world: World) -> Call:
    world.draft(now=MONDAY)
    withholding(world)()
    return lambda: tell_senders_of_permits(now=NOW)


def two_to_follow(world: World) -> Call:
    """Two approvals to pause and senders to tell: each in a transaction of its own."""
    approved(world)
    approved(world, "30")
    suspended(world)
    return lambda: follow_suspensions(now=NOW)


YEAR: dict[str, Callable[[World], Call]] = {
    "propose_adjustment": proposing,
    "confirm_adjustment": answering(confirm_adjustment, letter_no="渝环函〔2026〕17号"),
    "confirm_adjustment_to_a_new_line": making_a_line,
    "record_permit_status": withholding,
    "decline_adjustment": answering(decline_adjustment, reason="能力不足"),
    "take_adjustment_back": answering(take_adjustment_back, "sc.whitelist_admin"),
    "suspend_entry": suspending(suspend_entry),
    "suspend_edition": suspending(suspend_edition),
    "suspend_operator": suspending(suspend_operator, waste_code="900-045-49"),
    "lift": lifting,
    "warn_gaps": warning,
    "follow_and_pause": pausing,
    "follow_and_let_go_on": going_on,
    "tell_senders": telling,
    "tell_senders_of_permits": telling_of_a_permit,
}
