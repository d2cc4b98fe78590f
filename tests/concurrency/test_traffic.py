"""Everything at once on the same entries: no deadlock, no trace, and the books agree at the end."""

from datetime import date
from decimal import Decimal

import pytest

from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.drafts import DraftForm, ItemForm, save_draft
from apps.transfers.services.filing import withdraw
from apps.transfers.services.reviewing import endorse, reject
from apps.transfers.services.sweeping import sweep
from tests.concurrency.cases import MONDAY, TUESDAY, books_agree, doing, filing, logs_are_complete
from tests.concurrency.together import at_once
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)

# Two wastes on two entries of one operator, for three ordered pairs: filer's enterprise, operator, wastes by method.
PAIRS = (
    ("G-CQ1", "O-SC1", (("900-045-49", "R4"), ("900-049-50", "R8"))),
    ("G-SC2", "O-CQ2", (("900-045-49", "R4"), ("398-051-22", "R4"))),
    ("G-GZ2", "O-SC1", (("900-045-49", "R4"),)),
    ("G-YN2", "O-SC1", (("900-045-49", "R4"),)),
)


def draft_of(world: World, generator: str, operator: str, wastes) -> Application:
    draft = world.draft(generator=generator, operator=operator, items={}, now=MONDAY)
    items = tuple(
        ItemForm(
            waste_code=code,
            waste_name="示例废物",
            form="solid",
            packaging="吨袋",
            method=method,
            amount_t=Decimal(2),
        )
        for code, method in wastes
    )
    form = DraftForm(
        operator_id=world.enterprise(operator).pk,
        requested_from=date(2026, 1, 5),
        requested_until=date(2026, 12, 31),
        carrier_name="示例危货运输有限公司",
        contract_no="HT-2026-001",
        items=items,
    )
    by = world.filer_of(generator)
    return save_draft(application_id=draft.pk, by=by, now=MONDAY, version=draft.version, form=form)


def test_twenty_filings_of_several_pairs_with_items_in_any_order(real_world):
    works = []
    for number in range(20):
        generator, operator, wastes = PAIRS[number % len(PAIRS)]
        turned = wastes if number % 8 < len(PAIRS) else wastes[::-1]
        works.append(filing(real_world, draft_of(real_world, generator, operator, turned), generator))
    answers = at_once(*works)
    assert [answer for answer in answers if not isinstance(answer, Application)] == []
    numbers = [case.number for case in answers]
    assert len(set(numbers)) == 20
    for prefix in {number[:-6] for number in numbers}:
        assert sorted(number for number in numbers if number.startswith(prefix)) == [
            f"{prefix}-{serial:05d}" for serial in range(1, 6)
        ]
    assert real_world.entry("O-SC1", "900-049-50", "CQ").held_t == 10
    assert books_agree()
    assert logs_are_complete()


def test_filings_consents_refusals_withdrawals_and_sweeps_cross_without_harm(real_world):
    world = real_world
    handler = world.user("cq.handler")
    asked = [world.filed(items={"900-045-49": "100"}, now=MONDAY) for _ in range(4)]
    for case in asked:
        endorse(application_id=case.pk, by=handler, now=MONDAY)
    waiting = [world.filed(items={"900-045-49": "100"}, now=MONDAY) for _ in range(6)]
    drafts = [world.draft(items={"900-045-49": "700"}, now=TUESDAY) for _ in range(4)]
    answers = at_once(
        *(doing(consent, case, world.user("sc.handler")) for case in asked),
        *(doing(reject, case, world.user("cq.handler"), reasons="材料不实。") for case in waiting[:3]),
        *(doing(withdraw, case, world.filer_of("G-CQ1"), reason="不转了。") for case in waiting[1:5]),
        *(filing(world, draft, now=TUESDAY) for draft in drafts),
        lambda: sweep(now=TUESDAY),
    )
    strange = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)]
    assert strange == []
    assert all(Application.objects.get(pk=case.pk).state == State.APPROVED for case in asked)
    ends = [Application.objects.get(pk=case.pk).state for case in waiting]
    assert set(ends[:1]) == {State.REJECTED}
    assert set(ends[1:3]) <= {State.REJECTED, State.WITHDRAWN}
    assert ends[3:] == [State.WITHDRAWN, State.WITHDRAWN, State.ORIGIN_REVIEW]
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    filed = Application.objects.filter(pk__in=[draft.pk for draft in drafts], state=State.ORIGIN_REVIEW).count()
    assert entry.used_t == 400
    assert entry.held_t == 100 + 700 * filed
    assert entry.held_t + entry.used_t <= entry.quota_t
    assert filed >= 2
    assert books_agree()
    assert logs_are_complete()
