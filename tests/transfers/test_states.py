"""The state machine against the table of docs/rules.md §4, and the rows that the database refuses."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django_fsm import GET_STATE, TransitionNotAllowed

from apps.transfers.enums import END_STATES, OPEN_STATES, Route, State
from apps.transfers.models import Application, Item, QuotaClaim, Shipment
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse
from apps.whitelists.enums import ConsentMode
from tests.transfers.world import World, at

REVIEWS = ["origin_review", "destination_review", "decision"]

# transition: (from, to)
TABLE = {
    "submit": [("draft", "local_opinion"), ("draft", "origin_review")],
    "give_opinion": [("local_opinion", "origin_review")],
    "accept": [("origin_review", "origin_review")],
    "request_correction": [("origin_review", "correction")],
    "resubmit": [("correction", "origin_review"), ("correction", "local_opinion")],
    "endorse": [("origin_review", "destination_review")],
    "consent": [("destination_review", "approved"), ("destination_review", "decision")],
    "object": [("destination_review", "decision")],
    "take_back": [("destination_review", "decision")],
    "approve": [("origin_review", "approved"), ("decision", "approved")],
    "reject": [("origin_review", "rejected"), ("decision", "rejected")],
    "suspend": [(stage, "suspended") for stage in REVIEWS],
    "resume": [("suspended", stage) for stage in REVIEWS],
    "recall": list(product(["approved", "rejected", "destination_review", "decision"], REVIEWS)),
    "withdraw": [(state, "withdrawn") for state in ["local_opinion", *REVIEWS, "correction", "suspended"]],
    "lapse": [("correction", "lapsed")],
    "revoke": [("approved", "revoked")],
    "close": [("approved", "closed")],
}


def declared() -> dict[str, set[tuple[str, str]]]:
    table: dict[str, set[tuple[str, str]]] = {}
    for row in Application._meta.get_field("state").get_all_transitions(Application):
        targets = row.target.allowed_states if isinstance(row.target, GET_STATE) else [row.target]
        table.setdefault(row.name, set()).update((str(row.source), str(target)) for target in targets)
    return table


def test_the_machine_is_the_table() -> None:
    assert declared() == {name: set(rows) for name, rows in TABLE.items()}


def test_every_transition_says_who_and_how_it_is_called() -> None:
    for row in Application._meta.get_field("state").get_all_transitions(Application):
        assert callable(row.permission), row.name
        assert row.custom["verb"], row.name


def test_no_state_is_a_dead_end_but_the_ends() -> None:
    ways_out = {source for rows in declared().values() for source, _ in rows}
    assert set(State.values) - ways_out == set(END_STATES) - {State.REJECTED}  # a refusal may be recalled
    reached = {target for rows in declared().values() for _, target in rows}
    assert set(State.values) - reached == {State.DRAFT}


def test_from_every_open_state_an_end_is_reached() -> None:
    steps = {pair for rows in declared().values() for pair in rows}
    ended = set(END_STATES)
    while more := {source for source, target in steps if target in ended} - ended:
        ended |= more
    assert set(State.values) == ended


def test_states_fall_into_draft_open_approved_and_ends() -> None:
    parts = [{State.DRAFT}, set(OPEN_STATES), {State.APPROVED}, set(END_STATES)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(State)


@pytest.mark.parametrize("state", State)
def test_what_the_table_does_not_name_is_refused(state) -> None:
    """Every transition from every state that is not its source, called on the machine itself."""
    for name, rows in TABLE.items():
        if state not in {source for source, _ in rows}:
            with pytest.raises(TransitionNotAllowed):
                getattr(Application(state=state, consent_mode=ConsentMode.JOINT), name)()


def test_the_state_is_not_set_by_hand() -> None:
    with pytest.raises(AttributeError):
        Application().state = State.APPROVED


# Rows that the database refuses, whoever writes them

DAY = date(2026, 1, 5)
INCOHERENT = {
    "filed without a number": ("filed", {"number": None}, "application_filed_is_complete"),
    "filed in no round": ("filed", {"round": 0}, "application_filed_is_complete"),
    "filed on no route": ("filed", {"route": ""}, "application_filed_is_complete"),
    "filed to nobody": ("filed", {"operator": None}, "application_filed_is_complete"),
    "filed for no time": ("filed", {"requested_until": None}, "application_filed_is_complete"),
    "a draft with a number": ("draft", {"number": "2026-50-51-00001"}, "application_filed_is_complete"),
    "a draft that was filed": ("draft", {"submitted_at": at("2026-01-05")}, "application_filed_is_complete"),
    "listed without a list": ("filed", {"edition": None}, "application_listed_has_edition"),
    "over quota without a mode": (
        "filed",
        {"route": Route.OVER_QUOTA, "consent_mode": ""},
        "application_listed_has_edition",
    ),
    "accepted on another day": (
        "filed",
        {"accepted_on": date(2026, 1, 6), "accepted_how": "explicit"},
        "application_accepted_from_receipt",
    ),
    "accepted before it came": (
        "filed",
        {"received_on": None, "accepted_on": DAY, "accepted_how": "explicit"},
        "application_accepted_from_receipt",
    ),
    "accepted nobody knows how": ("filed", {"accepted_on": DAY}, "application_accepted_from_receipt"),
    "at the destination unaccepted": (
        "filed",
        {"state": "destination_review"},
        "application_accepted_before_letter",
    ),
    "decided unaccepted": ("filed", {"state": "decision"}, "application_accepted_before_letter"),
    "approved for no time": ("approved", {"valid_until": None}, "application_approved_has_validity"),
    "approved backwards": ("approved", {"valid_until": date(2026, 1, 7)}, "application_approved_has_validity"),
    "valid before decided": ("approved", {"valid_from": date(2026, 1, 7)}, "application_approved_has_validity"),
    "rejected and valid": ("approved", {"state": "rejected"}, "application_approved_has_validity"),
    "suspended from nowhere": ("approved", {"state": "suspended"}, "application_"),
    "from somewhere, not suspended": (
        "filed",
        {"suspended_from": "origin_review"},
        "application_suspended_knows_from",
    ),
    "corrected after acceptance": (
        "filed",
        {"state": "correction", "correction_requested_on": DAY, "accepted_on": DAY, "accepted_how": "explicit"},
        "application_correction_before_acceptance",
    ),
    "corrected without a notice": ("filed", {"state": "correction"}, "application_correction_before_acceptance"),
    "a period backwards": (
        "filed",
        {"requested_from": date(2026, 2, 1), "requested_until": date(2026, 1, 31)},
        "application_period_in_order",
    ),
}


@pytest.fixture
def rows(world: World) -> dict[str, int]:
    draft, filed = world.draft(now=at("2026-01-05")), world.filed(now=at("2026-01-05"))
    approved = world.filed(now=at("2026-01-05"))
    endorse(application_id=approved.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    consent(application_id=approved.pk, by=world.user("sc.handler"), now=at("2026-01-08"))
    return {"draft": draft.pk, "filed": filed.pk, "approved": approved.pk}


def refusal_of(row: int, changes: dict[str, object]) -> str:
    try:
        with transaction.atomic():
            Application.objects.filter(pk=row).update(**changes)
    except IntegrityError as error:
        return str(error)
    return "not refused"


def test_the_database_refuses_what_does_not_fit_together(rows: dict[str, int]) -> None:
    refusals = {name: refusal_of(rows[which], changes) for name, (which, changes, _) in INCOHERENT.items()}
    assert {name: text for name, text in refusals.items() if INCOHERENT[name][2] not in text} == {}


def test_a_comparison_with_nothing_is_refused_too(world: World, rows: dict[str, int]) -> None:
    """NULL is no refusal in SQL: a half-filled row must not slip through its CHECK."""
    with pytest.raises(IntegrityError, match="quota_claim_approved_within_asked"), transaction.atomic():
        QuotaClaim.objects.filter(application=rows["approved"]).update(approved_over_t=None)
    shipment = Shipment(
        application_id=rows["approved"],
        item=Item.objects.get(application=rows["approved"]),
        manifest_no="50110100000001",
        amount_t=Decimal(10),
        shipped_on=date(2026, 1, 9),
        arrived_on=date(2026, 1, 9),
        carrier_name="示例运输",
        recorded_by=world.filer_of("G-CQ1"),
        recorded_at=at("2026-01-09"),
        confirmed_at=at("2026-01-12"),
    )
    with pytest.raises(IntegrityError, match="shipment_confirmed_has_received"), transaction.atomic():
        shipment.save()


def test_every_constraint_of_the_application_is_tried() -> None:
    tried = {constraint for _, _, constraint in INCOHERENT.values()}
    assert {constraint.name for constraint in Application._meta.constraints} <= tried


def test_every_constraint_speaks_to_people() -> None:
    for constraint in Application._meta.constraints:
        assert constraint.violation_error_message.endswith("。"), constraint.name
