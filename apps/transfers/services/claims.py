"""What an application holds on the list, and what becomes of it."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from django.db.models import QuerySet

from apps.catalogue.columns import save_columns
from apps.transfers.models import Application, QuotaClaim
from apps.transfers.rules.findings import Claim
from apps.transfers.services.acts import Act
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services.ledger import commit, hold, release

ZERO = Decimal(0)


def live_claims(application: Application) -> list[QuotaClaim]:
    """The claims of the present round whose tonnes are still held."""
    return list(_live(application))


def live_claims_with_entries(application: Application) -> list[QuotaClaim]:
    """The same with their entries as they stand, in one statement; locks none of them."""
    return list(_live(application).select_related("entry"))


def _live(application: Application) -> QuerySet[QuotaClaim]:
    rows = QuotaClaim.objects.filter(application=application, round=application.round, released_at__isnull=True)
    return rows.order_by("entry_id")


def hold_claims(act: Act, claims: Iterable[Claim], locked: Mapping[int, WhitelistEntry] | None = None) -> None:
    """Hold the within part of each claim; the over part is a one-off allowance beside the list (docs/rules.md §7)."""
    application = act.application
    rows = [
        QuotaClaim(
            application=application,
            round=application.round,
            entry_id=claim.entry_id,
            within_t=claim.within_t,
            over_t=claim.over_t,
        )
        for claim in claims
    ]
    hold(
        amounts={row.entry_id: row.within_t for row in rows if row.within_t},
        reference=act.reference,
        round=application.round,
        occurred_at=act.at,
        now=act.now,
        locked=locked,
    )
    QuotaClaim.objects.bulk_create(rows)


def release_claims(act: Act, claims: Iterable[QuotaClaim] | None = None) -> None:
    """Give back everything the present round still holds; a second call finds nothing to do."""
    rows = live_claims(act.application) if claims is None else list(claims)
    release(
        amounts={row.entry_id: row.within_t for row in rows if row.within_t},
        reference=act.reference,
        round=act.application.round,
        occurred_at=act.at,
        now=act.now,
    )
    QuotaClaim.objects.filter(pk__in=[row.pk for row in rows]).update(released_at=act.at)


def commit_claims(act: Act, approved: Mapping[int, Decimal]) -> None:
    """Turn what was approved (tonnes by entry) into used tonnes; the rest of each hold is released.

    The within part is used first: the one-off allowance serves only what the list could not give.
    """
    rows = live_claims(act.application)
    for row in rows:
        amount = approved.get(row.entry_id, ZERO)
        row.approved_within_t = min(amount, row.within_t)
        row.approved_over_t = amount - row.approved_within_t
    _ledger(act, commit, {row.entry_id: row.approved_within_t or ZERO for row in rows})
    _ledger(act, release, {row.entry_id: row.within_t - (row.approved_within_t or ZERO) for row in rows})
    save_columns(rows, "approved_within_t", "approved_over_t")


def _ledger(act: Act, verb: Callable[..., list[QuotaMovement]], amounts: Mapping[int, Decimal]) -> None:
    verb(
        amounts={pk: amount for pk, amount in amounts.items() if amount},
        reference=act.reference,
        round=act.application.round,
        occurred_at=act.at,
        now=act.now,
    )
