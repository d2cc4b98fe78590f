"""What a check has to know of both parties and of the papers of the case, in one trip to the database.

Every filing and every keystroke of a draft asks for it: six questions of the ORM's took longer to compose than to
answer. Tonnes come as text, so that no float lies between them and the ledger.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.organisations.enums import PermitStatus
from apps.transfers.enums import State
from apps.transfers.models import Application

ABOUT_CASE = """
    SELECT
        (SELECT coalesce(json_agg(json_build_object(
                    'enterprise', permit.enterprise_id, 'number', permit.number, 'kind', permit.kind,
                    'status', permit.status, 'from', permit.valid_from, 'until', permit.valid_until,
                    'lines', (SELECT coalesce(json_agg(json_build_array(waste_code, method, capacity_t::text)), '[]')
                              FROM organisations_permitline WHERE permit_id = permit.id),
                    'limit', spoken.limit_t::text, 'taken', (spoken.approved_t - spoken.restored_t)::text
                ) ORDER BY permit.enterprise_id, permit.valid_from), '[]')
         FROM organisations_permit AS permit
         LEFT JOIN organisations_permityear AS spoken ON spoken.permit_id = permit.id AND spoken.year = %(year)s
         WHERE permit.enterprise_id = ANY(%(parties)s::bigint[])
           AND (%(today)s::date BETWEEN permit.valid_from AND permit.valid_until
                OR %(first)s::date BETWEEN permit.valid_from AND permit.valid_until)),
        EXISTS (SELECT FROM organisations_managementplan
                WHERE enterprise_id = %(generator)s::bigint AND year = %(plan_year)s),
        (SELECT json_object_agg(line.waste_code, line.planned_t::text)
         FROM organisations_managementplanline AS line
         JOIN organisations_managementplan AS plan ON plan.id = line.plan_id
         WHERE plan.enterprise_id = %(generator)s::bigint AND plan.year = %(plan_year)s),
        (SELECT json_object_agg(waste_code, approved::text)
         FROM (SELECT item.waste_code, coalesce(sum(item.approved_t), 0) AS approved
               FROM transfers_application AS earlier JOIN transfers_item AS item ON item.application_id = earlier.id
               WHERE earlier.generator_id = %(generator)s::bigint AND earlier.state = ANY(%(counted)s::varchar[])
                 AND earlier.valid_from BETWEEN make_date(%(plan_year)s, 1, 1) AND make_date(%(plan_year)s, 12, 31)
                 AND item.waste_code = ANY(%(codes)s::varchar[])
               GROUP BY item.waste_code) AS sums),
        (SELECT coalesce(array_agg(DISTINCT material::text), '{}') FROM transfers_attachment
         WHERE application_id = %(application)s::bigint AND removed_at IS NULL),
        EXISTS (SELECT FROM transfers_application_transit WHERE application_id = %(application)s::bigint)
"""


@dataclass(frozen=True, slots=True)
class PermitRow:
    """A permit in term, its lines (code, method, t/year), and what its year has spoken for; tonnes."""

    enterprise_id: int
    number: str
    kind: str
    status: str
    valid_from: date
    valid_until: date
    lines: tuple[tuple[str, str, Decimal], ...]
    limit_t: Decimal | None
    taken_t: Decimal

    @property
    def status_word(self) -> str:
        return PermitStatus(self.status).label


@dataclass(frozen=True, slots=True)
class CaseRows:
    """``planned_t`` is None without a management plan of the year; ``approved_t`` counts periods begun in it."""

    permits: tuple[PermitRow, ...]
    planned_t: dict[str, Decimal] | None
    approved_t: dict[str, Decimal]
    materials: frozenset[str]
    has_transit: bool

    def permits_of(self, enterprise_id: int | None) -> list[PermitRow]:
        return [permit for permit in self.permits if permit.enterprise_id == enterprise_id]


def read_case_rows(*, application: Application, codes: set[str], today: date, first: date) -> CaseRows:
    """Permits of both parties that are in term today or on the first day, plan, approvals, attachments, transit."""
    parties = [application.generator_id, *([application.operator_id] if application.operator_id else [])]
    with connection.cursor() as cursor:
        cursor.execute(
            ABOUT_CASE,
            {
                "application": application.pk,
                "generator": application.generator_id,
                "parties": parties,
                "today": today,
                "first": first,
                "year": today.year,
                "plan_year": first.year,
                "codes": sorted(codes),
                "counted": [State.APPROVED.value, State.CLOSED.value, State.REVOKED.value],
            },
        )
        permits, has_plan, planned, approved, materials, has_transit = cursor.fetchone()
    return CaseRows(
        permits=tuple(_permit(row) for row in permits),
        planned_t=_tonnes(planned) if has_plan else None,
        approved_t=_tonnes(approved),
        materials=frozenset(materials),
        has_transit=has_transit,
    )


def _permit(row: dict[str, Any]) -> PermitRow:
    return PermitRow(
        enterprise_id=row["enterprise"],
        number=row["number"],
        kind=row["kind"],
        status=row["status"],
        valid_from=date.fromisoformat(row["from"]),
        valid_until=date.fromisoformat(row["until"]),
        lines=tuple((code, method, Decimal(capacity)) for code, method, capacity in row["lines"]),
        limit_t=Decimal(row["limit"]) if row["limit"] is not None else None,
        taken_t=Decimal(row["taken"] or 0),
    )


def _tonnes(found: dict[str, str] | None) -> dict[str, Decimal]:
    return {code: Decimal(amount) for code, amount in (found or {}).items()}
