"""Refusals of this app: a stable code beside a sentence that says what is wrong and what to do."""

from apps.transfers.rules.findings import CheckResult


class Refused(Exception):
    """An act was refused and changed nothing. ``code`` is stable, ``sentence`` for people, ``field`` for forms."""

    def __init__(self, code: str, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.field = field


class NotFound(Refused):
    """The person may not see it, or there is no such thing: doors answer 404 either way."""

    def __init__(self) -> None:
        super().__init__("not_found", "没有找到该申请。")


class NotAllowed(Refused):
    """The person may see it but not do this; ``standing`` says how the case stands, for who was a moment too late."""

    def __init__(self, verb: str, standing: str = "") -> None:
        super().__init__("not_allowed", f"您无权对该申请“{verb}”。{standing}")


class CheckFailed(Refused):
    """The check before filing found something blocking; ``result`` has every finding."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(
            "check.blocking", "；".join(finding.sentence.rstrip("。") for finding in result.blocking) + "。"
        )
        self.result = result


class RouteChanged(Refused):
    """The check now finds another route than the filer saw; nothing was filed. ``result`` says what is left."""

    def __init__(self, seen: str, result: CheckResult) -> None:
        why = "".join(finding.sentence for finding in result.findings if finding.check in {9, 10})
        super().__init__(
            "route.changed", f"办理程序已由“{seen}”变为“{result.route.label}”，未提交。{why}请核对后再提交。"
        )
        self.result = result
