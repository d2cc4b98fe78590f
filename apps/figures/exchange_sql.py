"""The statements of the yearly exchange. Each groups in the database; none grows with the number of cases.

Values: ``first`` and ``last`` day of the year, ``provinces`` (or NULL), ``origin`` and ``destination`` (or NULL).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

# What GROUPING() gives for the groups of ``sums``: a bit is set for what is not told apart.
TOTAL, PAIR, OPERATOR, CATEGORY, CODE, DETAIL = 31, 15, 23, 27, 25, 0
OUTCOMES = ("filed", "approved", "refused", "withdrawn", "lapsed", "revoked", "corrected", "running")

SCOPE = """
    (%(provinces)s::text[] IS NULL OR cases.origin_id = ANY (%(provinces)s) OR cases.destination_id = ANY (%(provinces)s))
    AND (%(origin)s::text IS NULL OR (cases.origin_id = %(origin)s AND cases.destination_id = %(destination)s))
"""
# A case on a list that begins in the year; what went the general way counts under no list.
OF_EDITION = """
    cases.route <> 'general' AND cases.edition_id IN (
        SELECT id FROM whitelists_edition WHERE begins_on BETWEEN %(first)s AND %(last)s)
"""
DECIDED = "cases.decided_on BETWEEN %(first)s AND %(last)s"
GRANTED = "cases.state IN ('approved', 'revoked', 'closed')"

SUMS = """
    WITH lines AS (
        SELECT cases.id AS case_id, cases.origin_id, cases.destination_id, cases.operator_id, item.waste_code,
            'HW' || right(item.waste_code, 2) AS category, item.method, item.approved_t,
            coalesce(moved.shipped_t, 0) AS shipped_t, coalesce(moved.received_t, 0) AS received_t
        FROM transfers_application AS cases
        JOIN transfers_item AS item ON item.application_id = cases.id AND item.approved_t > 0
        LEFT JOIN LATERAL (
            SELECT sum(amount_t) AS shipped_t, sum(received_t) AS received_t
            FROM transfers_shipment WHERE item_id = item.id
        ) AS moved ON true
        WHERE {granted} AND {basis} AND {scope}
    )
    SELECT grouping(origin_id, operator_id, category, waste_code, method) AS level,
        origin_id, destination_id, operator_id, category, waste_code, method, count(DISTINCT case_id) AS cases,
        sum(approved_t) AS approved_t, sum(shipped_t) AS shipped_t, sum(received_t) AS received_t
    FROM lines
    GROUP BY GROUPING SETS (
        (), (origin_id, destination_id), (operator_id), (category), (category, waste_code),
        (origin_id, destination_id, operator_id, category, waste_code, method))
    ORDER BY level, origin_id, destination_id, category, waste_code, operator_id, method
"""
# Each count in its own time: filed and ended when it happened, decided when it was decided. What the clock does at
# 24:00 happened on the day that ends there.
OUTCOMES_SQL = """
    WITH cases AS (
        SELECT cases.id, cases.state, cases.origin_id, cases.destination_id, cases.decided_on,
            cases.correction_requested_on, (cases.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS filed_on,
            (SELECT ((row.occurred_at - CASE WHEN row.actor_id IS NULL THEN interval '1 microsecond'
                ELSE interval '0' END) AT TIME ZONE 'Asia/Shanghai')::date
             FROM transfers_logrow AS row WHERE row.application_id = cases.id AND row.to_state = cases.state
                AND cases.state IN ('withdrawn', 'lapsed') ORDER BY row.position DESC LIMIT 1) AS ended_on
        FROM transfers_application AS cases
        WHERE cases.state <> 'draft' AND {scope} AND {basis}
    )
    SELECT * FROM (
        SELECT origin_id, destination_id,
            count(*) FILTER (WHERE {filed}) AS filed,
            count(*) FILTER (WHERE {granted} AND {decided}) AS approved,
            count(*) FILTER (WHERE state = 'rejected' AND {decided}) AS refused,
            count(*) FILTER (WHERE state = 'withdrawn' AND {ended}) AS withdrawn,
            count(*) FILTER (WHERE state = 'lapsed' AND {ended}) AS lapsed,
            count(*) FILTER (WHERE state = 'revoked' AND {decided}) AS revoked,
            count(*) FILTER (WHERE {corrected}) AS corrected,
            count(*) FILTER (WHERE {running}) AS running
        FROM cases GROUP BY origin_id, destination_id
    ) AS counted WHERE filed + approved + refused + withdrawn + lapsed + corrected > 0
    ORDER BY origin_id, destination_id
"""
IN_TIME = {
    "filed": "filed_on BETWEEN %(first)s AND %(last)s",
    "decided": DECIDED,
    "ended": "ended_on BETWEEN %(first)s AND %(last)s",
    "corrected": "correction_requested_on BETWEEN %(first)s AND %(last)s",
    # Of those filed in the year.
    "running": "filed_on BETWEEN %(first)s AND %(last)s AND {open}",
}
OPEN = "state IN ('local_opinion', 'origin_review', 'destination_review', 'decision', 'correction', 'suspended')"
WHENEVER = {
    "filed": "true",
    "decided": "true",
    "ended": "true",
    "corrected": "correction_requested_on IS NOT NULL",
    "running": "{open}",
}
MOVED = f"""
    SELECT cases.origin_id, cases.destination_id, sum(shipment.amount_t) AS moved_t,
        coalesce(sum(shipment.received_t), 0) AS taken_t
    FROM transfers_shipment AS shipment JOIN transfers_application AS cases ON cases.id = shipment.application_id
    WHERE shipment.shipped_on BETWEEN %(first)s AND %(last)s AND {SCOPE}
    GROUP BY cases.origin_id, cases.destination_id
"""  # noqa: S608 - our own words, values are passed beside them
DAYS = """
    SELECT cases.route, cases.received_on, cases.decided_on, count(*) AS cases
    FROM transfers_application AS cases
    WHERE (cases.state = 'rejected' OR {granted}) AND cases.received_on IS NOT NULL AND {basis} AND {scope}
    GROUP BY cases.route, cases.received_on, cases.decided_on
"""
REFUSALS = """
    SELECT cases.number, cases.origin_id, cases.destination_id, generator.name AS generator,
        operator.name AS operator, wastes.codes AS wastes, cases.decided_on, cases.reasons
    FROM transfers_application AS cases
    JOIN organisations_enterprise AS generator ON generator.id = cases.generator_id
    JOIN organisations_enterprise AS operator ON operator.id = cases.operator_id
    LEFT JOIN LATERAL (
        SELECT string_agg(item.waste_code, '、' ORDER BY item.position) AS codes
        FROM transfers_item AS item WHERE item.application_id = cases.id
    ) AS wastes ON true
    WHERE cases.state = 'rejected' AND {basis} AND {scope}
    ORDER BY cases.decided_on, cases.number
"""
# What a recalled approval moved was given back under its own round and counts on neither side.
BOOKS = f"""
    SELECT edition.id AS edition_id, edition.name AS edition, coalesce(told.approved_t, 0) AS approved_t,
        coalesce(told.over_t, 0) AS over_t, coalesce(told.restored_t, 0) AS restored_t,
        coalesce(used.used_t, 0) AS used_t
    FROM whitelists_edition AS edition
    LEFT JOIN LATERAL (
        SELECT sum(approved.approved_t) AS approved_t, sum(claimed.over_t) AS over_t, sum(back.amount_t) AS restored_t
        FROM transfers_application AS held
        LEFT JOIN LATERAL (SELECT sum(item.approved_t) AS approved_t FROM transfers_item AS item
            WHERE item.application_id = held.id) AS approved ON true
        LEFT JOIN LATERAL (SELECT sum(claim.approved_over_t) AS over_t FROM transfers_quotaclaim AS claim
            WHERE claim.application_id = held.id AND claim.round = held.round) AS claimed ON true
        LEFT JOIN LATERAL (SELECT sum(movement.amount_t) AS amount_t FROM whitelists_quotamovement AS movement
            WHERE movement.reference = held.number AND movement.round = held.round AND movement.kind = 'restore'
        ) AS back ON true
        WHERE held.edition_id = edition.id AND held.route <> 'general'
            AND held.state IN ('approved', 'revoked', 'closed')
    ) AS told ON true
    LEFT JOIN LATERAL (SELECT sum(entry.used_t) AS used_t FROM whitelists_whitelistentry AS entry
        WHERE entry.edition_id = edition.id) AS used ON true
    WHERE edition.status = 'confirmed' AND edition.begins_on BETWEEN %(first)s AND %(last)s
        AND {SCOPE.replace("cases.", "edition.")}
    ORDER BY edition.origin_id, edition.destination_id, edition.begins_on
"""  # noqa: S608 - likewise
FIRST_YEAR = """
    SELECT extract(year FROM least(
        (SELECT min(begins_on) FROM whitelists_edition WHERE status = 'confirmed'),
        (SELECT min(decided_on) FROM transfers_application)))::int AS year
"""


def sums(*, by_edition: bool) -> str:
    """Cases and tonnes of what was approved, by every group at once."""
    return SUMS.format(granted=GRANTED, basis=_basis(by_edition=by_edition), scope=SCOPE)


def outcomes(*, by_edition: bool) -> str:
    """How many cases of each pair went how."""
    times = WHENEVER if by_edition else IN_TIME
    words = {name: text.format(open=OPEN) for name, text in times.items()}
    return OUTCOMES_SQL.format(granted=GRANTED, scope=SCOPE, basis=OF_EDITION if by_edition else "true", **words)


def days(*, by_edition: bool) -> str:
    """Days of receipt and decision with the number of cases that share them."""
    return DAYS.format(granted=GRANTED, basis=_basis(by_edition=by_edition), scope=SCOPE)


def refusals(*, by_edition: bool) -> str:
    """What was not approved."""
    return REFUSALS.format(basis=_basis(by_edition=by_edition), scope=SCOPE)


def rows(statement: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a statement by their columns' names."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        found = cursor.fetchall()
    return (dict(zip(names, row, strict=True)) for row in found)


def _basis(*, by_edition: bool) -> str:
    return OF_EDITION if by_edition else DECIDED
