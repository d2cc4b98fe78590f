"""What of an earlier application no longer fits, told to who files the same again. Pure."""

from collections.abc import Iterator

from apps.transfers.enums import Route, Severity
from apps.transfers.rules.findings import CheckResult, Finding

# A fresh copy has neither period nor files: that they are missing is no news.
EXPECTED = frozenset({"period.missing", "material.missing"})


def no_longer_fits(result: CheckResult, *, was_listed: bool) -> Iterator[Finding]:
    """Findings that the earlier application did not have when it was filed: it was filed, so nothing blocked it."""
    for finding in result.findings:
        stops = finding.severity == Severity.BLOCKING and finding.code not in EXPECTED
        if stops or (was_listed and finding.severity == Severity.ROUTING):
            yield finding


def route_told(earlier: Route | str, result: CheckResult) -> str:
    """A sentence when the same would now take another route; empty when it would not."""
    if not earlier or earlier == result.route:
        return ""
    return f"上次按“{Route(earlier).label}”办理，现在将按“{result.route.label}”办理。"
