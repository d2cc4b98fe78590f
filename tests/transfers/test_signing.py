"""The sign-off chain: prepare, review, sign; send back, drop; nobody acts alone where the chain asks for others."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.organisations.models import Bureau, Membership
from apps.organisations.services.deputies import name_deputy
from apps.transfers.enums import PreparationState, State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, LogRow, Preparation, SigningStep, SignoffChain
from apps.transfers.services.acting import sweep_one
from apps.transfers.services.answering import consent
from apps.transfers.services.ending import revoke
from apps.transfers.services.pausing import pause
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import Point, accept, approve, endorse, reject
from apps.transfers.services.signing.passing import review, send_back
from apps.transfers.services.signing.preparing import drop, prepare
from apps.transfers.services.signing.signatures import sign, sign_several
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
MON, TUE, WED = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")
THREE = ["handler", "section_head", "signatory"]


def chain(short: str, *roles: str, act: str = "") -> SignoffChain:
    bureau = Bureau.objects.get(level="provincial", province__short=short)
    return SignoffChain.objects.create(bureau=bureau, act=act, roles=list(roles))


@pytest.fixture
def case(world: World) -> Application:
    """Chengdu's batteries for Qijiang: Sichuan decides alone, by three persons."""
    chain("SC", *THREE)
    return world.filed(now=MON, generator="G-SC1", operator="O-CQ1", items={"900-052-31": "300"})


def prepared(world: World, case: Application, *, name: str = "approve", who: str = "sc.handler", **arguments: object):
    return prepare(application_id=case.pk, name=name, by=world.user(who), now=TUE, arguments=arguments)


def step(verb, preparation: Preparation, by, now=WED, **more):
    return verb(preparation_id=preparation.pk, by=by, now=now, revision=preparation.revision, **more)


def test_three_persons_and_the_act_happens_at_the_signature(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    assert (waiting.state, waiting.waits_for, waiting.roles) == ("prepared", "section_head", THREE)
    assert Application.objects.get(pk=case.pk).state == State.ORIGIN_REVIEW
    step(review, waiting, world.user("sc.section_head"), remark="属实")
    signed = step(sign, waiting, world.user("sc.signatory"))
    assert signed.state == State.APPROVED
    kept = Preparation.objects.get(pk=waiting.pk)
    assert (kept.state, kept.waits_for, kept.signatory) == ("signed", "", world.user("sc.signatory"))
    row = LogRow.objects.get(application=case, act="approve")
    assert row.actor == world.user("sc.signatory")
    assert row.details["signoff"] == {"handler": "华长青", "reviewer": "金青山", "signatory": "魏立言"}
    assert list(kept.steps.values_list("kind", "remark")) == [("prepared", ""), ("reviewed", "属实"), ("signed", "")]
    # The signer, not the handler, may recall it for some minutes.
    with pytest.raises(NotAllowed):
        recall(application_id=case.pk, by=world.user("sc.handler"), now=WED)
    assert recall(application_id=case.pk, by=world.user("sc.signatory"), now=at("2026-01-07", "10:05")).state == (
        State.ORIGIN_REVIEW
    )
    # What was recalled may be prepared anew.
    assert prepared(world, case).pk != waiting.pk


@pytest.mark.parametrize("who", ["sc.handler", "sc.section_head", "sc.signatory", "sc.bureau_head"])
def test_nobody_acts_alone_where_the_chain_asks_for_others(world: World, case: Application, who: str) -> None:
    by = world.user(who)
    for act in (
        lambda: approve(application_id=case.pk, by=by, now=TUE),
        lambda: accept(application_id=case.pk, by=by, now=TUE),
        lambda: reject(application_id=case.pk, by=by, now=TUE, reasons="材料不实"),
    ):
        with pytest.raises(Refused, match="须经经办（经办人） → 审核（处室负责人） → 签发（分管负责人）") as refused:
            act()
        assert refused.value.code == "signature.needed"
    assert Application.objects.get(pk=case.pk).log_length == 1


def test_the_other_bureau_and_a_bureau_without_a_chain_act_as_ever(world: World, case: Application) -> None:
    own = world.filed(now=MON)
    endorse(application_id=own.pk, by=world.user("cq.handler"), now=TUE)
    with pytest.raises(Refused) as refused:
        consent(application_id=own.pk, by=world.user("sc.signatory"), now=TUE)
    assert refused.value.code == "signature.needed"


def test_the_clock_needs_no_signature(world: World, case: Application) -> None:
    assert sweep_one(application_id=case.pk, now=at("2026-01-14"))
    assert Application.objects.get(pk=case.pk).accepted_how == "silence"


def test_attendances_are_signed_too(world: World, case: Application) -> None:
    SignoffChain.objects.all().delete()
    approve(application_id=case.pk, by=world.user("sc.handler"), now=TUE)
    chain("SC", "handler", "signatory", act="pause")
    with pytest.raises(Refused) as refused:
        pause(application_id=case.pk, by=world.user("sc.handler"), now=WED, until_on=None, reason="检查")
    assert refused.value.code == "signature.needed"
    waiting = prepared(world, case, name="pause", until_on=date(2026, 2, 1), reason="检查", document_no="")
    step(sign, waiting, world.user("sc.signatory"))
    assert case.pauses.get().until_on == date(2026, 2, 1)
    assert LogRow.objects.get(act="pause").details["signoff"]["handler"] == "华长青"
    # What has no row of its own and no general one is done directly.
    assert revoke(
        application_id=case.pk, by=world.user("sc.handler"), now=WED, kind="annulment", reasons="错"
    ).state == (State.REVOKED)


def test_a_row_of_its_own_beats_the_general_one_and_one_role_acts_alone(world: World, case: Application) -> None:
    chain("SC", "section_head", act="accept")
    with pytest.raises(Refused, match="由办理（处室负责人）") as refused:
        accept(application_id=case.pk, by=world.user("sc.handler"), now=TUE)
    assert refused.value.code == "signature.role"
    with pytest.raises(Refused) as alone:
        prepared(world, case, name="accept")
    assert alone.value.code == "signature.alone"
    assert accept(application_id=case.pk, by=world.user("sc.section_head"), now=TUE).accepted_on == date(2026, 1, 5)


def test_nobody_does_two_steps(world: World, case: Application) -> None:
    waiting = prepared(world, case, who="sc.signatory")
    step(review, waiting, world.user("sc.section_head"))
    for who in ("sc.signatory", "sc.section_head", "sc.handler"):
        with pytest.raises(NotAllowed, match="可以签发的：陶守正"):
            step(sign, waiting, world.user(who))
    assert step(sign, waiting, world.user("sc.bureau_head")).state == State.APPROVED
    kept = Preparation.objects.get(pk=waiting.pk)
    for field in ("handler", "reviewer"):
        setattr(kept, field, kept.signatory)
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.save()
        kept = Preparation.objects.get(pk=waiting.pk)


def test_a_handler_can_neither_review_nor_sign_for_another(world: World, case: Application) -> None:
    waiting = prepared(world, case, who="sc.section_head")
    with pytest.raises(NotAllowed, match="可以审核的：魏立言、陶守正"):
        step(review, waiting, world.user("sc.handler"))
    with pytest.raises(Refused) as refused:
        step(sign, waiting, world.user("sc.signatory"))
    assert refused.value.code == "preparation.unreviewed"


def test_who_stands_with_the_generator_too_neither_reviews_nor_signs(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    for who in ("sc.section_head", "sc.signatory"):
        Membership.objects.create(
            user=world.user(who), role="filer", enterprise=case.generator, valid_from=date(2026, 1, 1)
        )
    with pytest.raises(NotAllowed, match="不得为两方办理"):
        step(review, waiting, world.user("sc.section_head"))
    step(review, waiting, world.user("sc.bureau_head"))
    with pytest.raises(NotAllowed, match="不得为两方办理"):
        step(sign, waiting, world.user("sc.signatory"))


@pytest.mark.parametrize("who", ["cq.signatory", "gz.signatory", "sc.whitelist_admin", "chengdu.filer", "auditor"])
def test_others_do_not_find_it(world: World, case: Application, who: str) -> None:
    waiting = prepared(world, case)
    with pytest.raises(NotFound):
        step(review, waiting, world.user(who))
    with pytest.raises(NotFound):
        step(sign, waiting, world.user(who))
    with pytest.raises(NotFound):
        drop(preparation_id=waiting.pk, by=world.user(who), now=WED)
    assert sign_several(chosen=[(waiting.pk, 1)], by=world.user(who), now=WED) == []


def test_sent_back_with_a_remark_changed_and_prepared_again(world: World, case: Application) -> None:
    waiting = prepared(world, case, name="reject", reasons="理由不足")
    with pytest.raises(Refused) as silent:
        step(send_back, waiting, world.user("sc.section_head"), remark=" ")
    assert (silent.value.code, silent.value.field) == ("remark.missing", "remark")
    step(send_back, waiting, world.user("sc.section_head"), remark="请写明依据")
    with pytest.raises(Refused, match="金青山 已于 2026-01-07 10:00 退回：请写明依据") as late:
        step(sign, waiting, world.user("sc.signatory"))
    assert late.value.code == "preparation.sent_back"
    again = prepared(world, case, name="reject", reasons="依据第二十五条，能力不足")
    assert (again.pk, again.revision, again.state) == (waiting.pk, 2, "prepared")
    # Who still has the first revision before their eyes signs nothing.
    with pytest.raises(Refused) as stale:
        step(review, waiting, world.user("sc.section_head"))
    assert stale.value.code == "preparation.changed"
    step(review, again, world.user("sc.section_head"))
    assert step(sign, again, world.user("sc.signatory")).reasons == "依据第二十五条，能力不足"
    assert [kind for kind, _ in SigningStep.objects.values_list("kind", "position")] == [
        *("prepared", "sent_back", "prepared", "reviewed", "signed")
    ]


def test_the_signatory_sends_back_too_and_the_review_is_done_again(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    step(review, waiting, world.user("sc.section_head"))
    back = step(send_back, waiting, world.user("sc.signatory"), remark="核对数量")
    assert (back.reviewer, back.reviewed_at) == (None, None)
    assert prepared(world, case).waits_for == "section_head"


def test_one_live_preparation_an_act(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    with pytest.raises(Refused, match="华长青 已就同一事项拟办，正待审核") as second:
        prepared(world, case, who="sc.section_head")
    assert second.value.code == "preparation.waiting"
    waiting.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting.save()
    # Another act may lie beside it; whichever is signed first voids the other.
    other = prepared(world, case, name="reject", reasons="能力不足")
    step(review, other, world.user("sc.section_head"))
    step(sign, other, world.user("sc.signatory"))
    first = Preparation.objects.get(act="approve")
    with pytest.raises(Refused, match="魏立言 2026-01-07 10:00 办理") as void:
        step(review, first, world.user("sc.section_head"))
    assert void.value.code == "preparation.void"


def test_only_the_handler_drops_it(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    with pytest.raises(NotAllowed, match="由经办人 华长青 作废"):
        drop(preparation_id=waiting.pk, by=world.user("sc.section_head"), now=WED)
    assert drop(preparation_id=waiting.pk, by=world.user("sc.handler"), now=WED).state == PreparationState.DROPPED
    with pytest.raises(Refused) as twice:
        drop(preparation_id=waiting.pk, by=world.user("sc.handler"), now=WED)
    assert twice.value.code == "preparation.dropped"
    assert prepared(world, case).pk != waiting.pk


def test_what_the_service_would_refuse_is_not_prepared(world: World, case: Application) -> None:
    item = case.items.get()
    for name, arguments, code in (
        ("approve", {"amounts": {item.pk: Decimal("300.0001")}}, "amount.more"),
        ("reject", {"reasons": " "}, "reasons.missing"),
        ("endorse", {}, "letter.not_needed"),
        ("consent", {}, "not_allowed"),
        ("request_correction", {"points": [Point("", "", "")]}, "correction.empty"),
    ):
        with pytest.raises(Refused) as refused:
            prepared(world, case, name=name, **arguments)
        assert refused.value.code == code
    assert not Preparation.objects.exists()


def test_the_payload_reaches_the_service_unrounded(world: World, case: Application) -> None:
    item = case.items.get()
    waiting = prepared(world, case, amounts={item.pk: Decimal("299.9999")}, until=date(2026, 6, 30))
    assert waiting.payload == {"amounts": {str(item.pk): "299.9999"}, "until": "2026-06-30"}
    step(review, waiting, world.user("sc.section_head"))
    approved = step(sign, waiting, world.user("sc.signatory"))
    item.refresh_from_db()
    assert (item.approved_t, approved.valid_until) == (Decimal("299.9999"), date(2026, 6, 30))


def test_an_acceptance_by_silence_leaves_the_preparation_standing(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    sweep_one(application_id=case.pk, now=at("2026-01-14"))
    step(review, waiting, world.user("sc.section_head"), now=at("2026-01-14"))
    assert step(sign, waiting, world.user("sc.signatory"), now=at("2026-01-14")).state == State.APPROVED


def test_a_signature_that_the_service_refuses_signs_nothing(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    step(review, waiting, world.user("sc.section_head"))
    before = Application.objects.get(pk=case.pk).version
    with pytest.raises(Refused) as refused:
        step(sign, waiting, world.user("sc.signatory"), now=at("2027-01-05"))
    assert refused.value.code.startswith("approve.")
    kept = Preparation.objects.get(pk=waiting.pk)
    assert (kept.state, kept.steps.count()) == ("reviewed", 2)
    assert Application.objects.get(pk=case.pk).version == before


def test_several_are_signed_each_by_itself(world: World, case: Application) -> None:
    SignoffChain.objects.all().delete()
    chain("SC", "handler", "signatory")
    other = world.filed(now=MON, generator="G-SC1", operator="O-CQ1", items={"900-052-31": "10"})
    third = world.filed(now=MON, generator="G-SC1", operator="O-CQ1", items={"900-052-31": "5"})
    waiting = [prepared(world, one) for one in (case, other, third)]
    assert all(one.is_clean for one in waiting)
    Preparation.objects.filter(pk=waiting[1].pk).update(is_clean=False)
    chosen = [(one.pk, one.revision) for one in waiting[:2]] + [(waiting[2].pk, 7), (10**6, 1)]
    outcomes = sign_several(chosen=chosen, by=world.user("sc.signatory"), now=WED)
    assert [outcome.refused.code if outcome.refused else "" for outcome in outcomes] == [
        *("", "batch.unclean", "preparation.changed")
    ]
    assert [Application.objects.get(pk=one.pk).state for one in (case, other, third)] == [
        *("approved", "origin_review", "origin_review")
    ]


def test_only_what_gives_all_is_signed_together(world: World, case: Application) -> None:
    item = case.items.get()
    less = prepared(world, case, amounts={item.pk: Decimal(299)})
    assert not less.is_clean
    drop(preparation_id=less.pk, by=world.user("sc.handler"), now=TUE)
    shorter = prepared(world, case, amounts={item.pk: Decimal(300)}, until=date(2026, 6, 30))
    assert not shorter.is_clean
    drop(preparation_id=shorter.pk, by=world.user("sc.handler"), now=TUE)
    assert prepared(world, case, amounts={item.pk: Decimal(300)}, until=date(2026, 12, 31)).is_clean
    assert not prepared(world, case, name="reject", reasons="能力不足").is_clean
    assert not prepared(world, case, name="request_correction", points=[Point("合同", "缺页", "补齐")]).is_clean


def test_a_deputy_signs_and_it_is_told(world: World, case: Application) -> None:
    waiting = prepared(world, case)
    step(review, waiting, world.user("sc.bureau_head"))
    bureau = Bureau.objects.get(level="provincial", province__short="SC")
    signatory, head = world.user("sc.signatory"), world.user("sc.section_head")
    with pytest.raises(NotAllowed):
        step(sign, waiting, head)
    name_deputy(
        bureau=bureau,
        person=signatory,
        deputy=head,
        by=signatory,
        valid_from=date(2026, 1, 7),
        valid_until=date(2026, 1, 9),
        on=date(2026, 1, 7),
        at=WED,
    )
    with pytest.raises(NotAllowed):
        step(sign, waiting, world.user("sc.section_head"), now=at("2026-01-12"))
    step(sign, waiting, world.user("sc.section_head"))
    row = LogRow.objects.get(application=case, act="approve")
    assert (row.actor, row.details["signoff"]["signatory"]) == (head, "金青山（代魏立言）")
    assert SigningStep.objects.get(kind="signed").instead_of == signatory


def test_a_deputy_who_prepared_it_does_not_sign_nor_does_who_stands_in_for_the_handler(
    world: World, case: Application
) -> None:
    bureau = Bureau.objects.get(level="provincial", province__short="SC")
    days = {"valid_from": date(2026, 1, 6), "valid_until": date(2026, 1, 9), "on": date(2026, 1, 6), "at": TUE}
    head = world.user("sc.bureau_head")
    for person, deputy in (("sc.signatory", "sc.handler"), ("sc.section_head", "sc.handler")):
        name_deputy(bureau=bureau, person=world.user(person), deputy=world.user(deputy), by=head, **days)
    waiting = prepared(world, case)
    with pytest.raises(NotAllowed):
        step(review, waiting, world.user("sc.handler"))
    # Prepared by the section head: their deputy would only pass on what they did themselves.
    other = prepared(world, case, name="reject", who="sc.section_head", reasons="能力不足")
    step(review, other, world.user("sc.handler"))
    assert SigningStep.objects.get(kind="reviewed").instead_of == world.user("sc.signatory")
