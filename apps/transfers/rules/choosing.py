"""What choosing another operator for one item does to the other items. Pure."""

from collections.abc import Iterator

from apps.transfers.enums import Severity
from apps.transfers.rules.findings import CheckResult


def consequences(before: CheckResult, after: CheckResult, *, chosen: int) -> Iterator[str]:
    """Sentences on every item but the ``chosen`` one that has lost or found its entry, or may not go there at all."""
    if before.route != after.route:
        yield f"办理程序由“{before.route.label}”变为“{after.route.label}”。"
    for position in sorted(before.entry_by_item.keys() - after.entry_by_item.keys() - {chosen}):
        yield f"第 {position} 项原来对应名单条目，在新接受人名下没有对应条目。"
    for position in sorted(after.entry_by_item.keys() - before.entry_by_item.keys() - {chosen}):
        yield f"第 {position} 项现在有对应的名单条目。"
    known = {finding.sentence for finding in before.findings}
    for finding in after.findings:
        others = finding.item is not None and finding.item != chosen
        if others and finding.severity == Severity.BLOCKING and finding.sentence not in known:
            yield finding.sentence
