"""Lists: begun by the destination, or entered as both sides agreed on them before; which line a waste falls under."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from apps.catalogue.models import Province
from apps.catalogue.reading import wastes
from apps.catalogue.rules import category_of, is_waste_code
from apps.deadlines.workdays import local_day
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, User
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import ConsentMode, EditionStatus, EventKind, RoundKind
from apps.whitelists.errors import ListNotAllowed, WhitelistError
from apps.whitelists.models import Edition, EditionLine, WhitelistEntry
from apps.whitelists.permissions import acts_for
from apps.whitelists.services.entering import hand_over, make_entries
from apps.whitelists.services.events import record
from apps.whitelists.services.lines import LineForm, check_form
from apps.whitelists.services.promises import lock_operators
from apps.whitelists.services.turns import bureau_of, save_edition

LONGEST_DAYS = 366
NEGOTIATED = (EditionStatus.DRAFT, EditionStatus.PROPOSED, EditionStatus.COUNTERED)
VERB = "起草名单"


def open_edition(  # noqa: PLR0913 - one argument a column of the list
    *,
    origin: Province,
    destination: Province,
    begins_on: date,
    ends_on: date,
    consent_mode: ConsentMode,
    by: User,
    now: datetime,
    name: str = "",
    limits_validity: bool = False,
    carried_from: Edition | None = None,
) -> Edition:
    """Begin the list of an ordered pair for a period, by the destination's administrator; without a name it gets one.

    Raises ListNotAllowed; WhitelistError ``edition.period`` (over, or longer than a year), ``edition.standing``
    (another of the pair and period is under negotiation), ``edition.invalid``.
    """
    edition = Edition(
        name=name.strip() or name_for(origin, destination, begins_on, ends_on),
        origin=origin,
        destination=destination,
        begins_on=begins_on,
        ends_on=ends_on,
        consent_mode=consent_mode,
        limits_validity=limits_validity,
        carried_from=carried_from,
    )
    standing = standing_of(by, local_day(now))
    if not acts_for(edition, standing, destination.pk):
        raise ListNotAllowed(VERB, "名单由接受地的名单管理员起草。")
    _refuse_period(edition, local_day(now))
    with transaction.atomic():
        # Two of one bureau: the second waits here and finds the first's draft.
        Province.objects.select_for_update(of=("self",), no_key=True).get(pk=destination.pk)
        _refuse_second(edition)
        save_edition(edition)
        record(
            kind=EventKind.OPENED,
            sentence=f"起草{edition.name}。",
            told=(),
            by=by,
            at=now,
            now=now,
            bureau=bureau_of(edition.destination_id),
            edition=edition,
            statuses=("", edition.status),
        )
    return edition


@transaction.atomic
def enter_agreed_list(  # noqa: PLR0913 - one argument a column of the list
    *,
    name: str,
    origin: Province,
    destination: Province,
    begins_on: date,
    ends_on: date,
    consent_mode: ConsentMode,
    lines: Sequence[LineForm],
    origin_letter_no: str,
    destination_letter_no: str,
    now: datetime,
) -> Edition:
    """Enter a list that both sides had agreed on by letter before they used this system; confirmed at once.

    For whoever installs it: no person of either side acts. Raises WhitelistError ``edition.letters``,
    ``edition.empty``, ``edition.overlap``, ``edition.invalid``, and as ``lines.check_form`` does.
    """
    letters = origin_letter_no.strip(), destination_letter_no.strip()
    if not all(letters):
        raise WhitelistError("edition.letters", "确认名单须填写双方确认函文号。")
    if not lines:
        raise WhitelistError("edition.empty", "名单没有条目。")
    edition = Edition(
        name=name,
        origin=origin,
        destination=destination,
        begins_on=begins_on,
        ends_on=ends_on,
        consent_mode=consent_mode,
    )
    edition.enter(origin_letter_no=letters[0], destination_letter_no=letters[1], at=now)
    save_edition(edition)
    made = lines_of(edition, lines)
    lock_operators(ids={line.operator_id for line in made})
    hand_over(
        edition=edition,
        lines=made,
        kind=RoundKind.ENTERED,
        province_id=destination.pk,
        by=None,
        now=now,
        letter_no=letters[1],
    )
    make_entries(edition=edition, lines=made, now=now)
    record(
        kind=EventKind.ENTERED,
        sentence=f"录入双方已商定的{name}，{len(made)} 条（{letters[0]}、{letters[1]}）。",
        told=(),
        by=None,
        at=now,
        now=now,
        edition=edition,
        statuses=("", edition.status),
    )
    return edition


def lines_of(edition: Edition, forms: Sequence[LineForm]) -> list[EditionLine]:
    """Lines of the edition, not saved, as they were filled in. Raises as ``lines.check_form`` does."""
    operators = Enterprise.objects.in_bulk({form.operator_id for form in forms})
    width = max(2, len(str(len(forms))))
    made, known, place = [], wastes(), edition.destination_id
    for position, form in enumerate(forms, start=1):
        check_form(form=form, operator=operators.get(form.operator_id), destination_id=place, known=known)
        made.append(
            EditionLine(
                edition=edition,
                number=form.number or str(position).zfill(width),
                operator_id=form.operator_id,
                waste_codes=list(form.waste_codes),
                category_id=form.category_id or None,
                method=form.method,
                quota_t=form.quota_t,
                remark=form.remark,
            )
        )
    return made


def matching_entry(
    *, entries: Iterable[WhitelistEntry], operator_id: int, waste_code: str, method: str
) -> WhitelistEntry | None:
    """The line that lists a waste of an operator by a method: a code line beats a category line (docs/rules.md §12)."""
    if not is_waste_code(waste_code):
        return None
    fitting = [entry for entry in entries if entry.operator_id == operator_id and entry.method == method]
    by_code = [entry for entry in fitting if waste_code in entry.waste_codes]
    by_category = [entry for entry in fitting if entry.category_id == category_of(waste_code)]
    return next(iter(by_code + by_category), None)


def name_for(origin: Province, destination: Province, begins_on: date, ends_on: date) -> str:
    """The list's usual name; a period that is no calendar year stands behind it, and a number after an abandoned one."""
    both = "".join(sorted((origin.abbreviation, destination.abbreviation)))
    name = f"{begins_on.year}年度{both}危险废物跨省市转移“白名单”（{origin.abbreviation}移{destination.abbreviation}）"
    if (begins_on.month, begins_on.day, ends_on) != (1, 1, date(begins_on.year, 12, 31)):
        name += f"（{begins_on} 至 {ends_on}）"
    before = Edition.objects.filter(name__startswith=name, status=EditionStatus.ABANDONED).count()
    return f"{name}第{before + 1}稿" if before else name


def may_open(user: User, today: date) -> frozenset[str]:
    """Provinces (division codes) for which the person may begin lists of waste that comes in."""
    return standing_of(user, today).provinces(Role.WHITELIST_ADMIN)


def _refuse_period(edition: Edition, today: date) -> None:
    if edition.ends_on < today:
        raise WhitelistError("edition.period", f"期间到 {edition.ends_on} 已经结束。", field="ends_on")
    if edition.ends_on - edition.begins_on >= timedelta(days=LONGEST_DAYS):
        raise WhitelistError("edition.period", "一期名单最长一年。", field="ends_on")


def _refuse_second(edition: Edition) -> None:
    others = Edition.objects.of_pair(origin_id=edition.origin_id, destination_id=edition.destination_id).filter(
        begins_on__lte=edition.ends_on, ends_on__gte=edition.begins_on
    )
    for found in others.filter(status__in=(*NEGOTIATED, EditionStatus.CONFIRMED)).order_by("pk"):
        raise WhitelistError(
            "edition.standing",
            f"同一方向、期间重叠的{found.name}{found.get_status_display()}，不能另行起草。",
            field="begins_on",
        )
