"""Who may do what on an application, as one table: every act × every role × own and other party (docs/rules.md §9).

A row reads: in a case that is …, the act … is for those in ``may``; of the others those who may read the case are
told that they may not ("no"), everybody else is told that there is no such case ("404").
"""

from dataclasses import dataclass

from apps.organisations.enums import DECIDING_ROLES, Role

OK, NO, NOT_FOUND = "ok", "no", "404"

# Everybody: a role for a party. "other_…" and "third" are of the same kind, but not parties of the case.
PEOPLE: dict[str, tuple[Role | None, str]] = {
    "generator.filer": (Role.FILER, "generator"),
    "generator.viewer": (Role.VIEWER, "generator"),
    "other_generator.filer": (Role.FILER, "other_generator"),
    "other_generator.viewer": (Role.VIEWER, "other_generator"),
    "operator.staff": (Role.OPERATOR_STAFF, "operator"),
    "other_operator.staff": (Role.OPERATOR_STAFF, "other_operator"),
    "local.officer": (Role.LOCAL_OFFICER, "local"),
    "other_local.officer": (Role.LOCAL_OFFICER, "other_local"),
    **{
        f"{side}.{role.value}": (role, side)
        for side in ("origin", "destination", "third")
        for role in (*DECIDING_ROLES, Role.WHITELIST_ADMIN)
    },
    "system_admin": (Role.SYSTEM_ADMIN, ""),
    "auditor": (Role.AUDITOR, ""),
    "visitor": (None, ""),  # an account without any membership
    "superuser": (None, ""),  # Django's flag gives no role
    "anonymous": (None, ""),
}

FILER = {"generator.filer"}
OPERATOR = {"operator.staff"}
LOCAL = {"local.officer"}
ORIGIN = {f"origin.{role.value}" for role in DECIDING_ROLES}
DESTINATION = {f"destination.{role.value}" for role in DECIDING_ROLES}
SIGNER = {"origin.handler"}

NOBODY: set[str] = set()
DRAFT_READERS = {"generator.filer", "generator.viewer"}
READERS = (
    DRAFT_READERS
    | OPERATOR
    | ORIGIN
    | DESTINATION
    | {"origin.whitelist_admin", "destination.whitelist_admin", "auditor"}
)


@dataclass(frozen=True)
class Row:
    act: str
    case: str
    may: set[str]
    readers: set[str]
    on: str = "2026-01-06"

    def expected(self, person: str) -> str:
        if person in self.may:
            return OK
        return NO if person in self.readers else NOT_FOUND


TABLE = (
    #   act                   in a case that is …   is for         read by
    Row("create_draft", "none", FILER, NOBODY),
    Row("save_draft", "draft", FILER, DRAFT_READERS),
    Row("delete_draft", "draft", FILER, DRAFT_READERS),
    Row("attach", "draft", FILER, DRAFT_READERS),
    Row("detach", "draft", FILER, DRAFT_READERS),
    Row("watch_entry", "draft", FILER, DRAFT_READERS),
    Row("unwatch_entry", "draft", FILER, DRAFT_READERS),
    # On the day of the draft, so that the first day asked for has not passed; likewise the answer to a correction.
    Row("submit", "draft", FILER, DRAFT_READERS, on="2026-01-05"),
    Row("split_and_submit", "over_draft", FILER, DRAFT_READERS, on="2026-01-05"),
    Row("copy_application", "origin_review", FILER, READERS),
    # The local bureau reads and acts on the general procedure only.
    Row("give_opinion", "local_opinion", LOCAL, READERS | LOCAL),
    Row("accept", "origin_review", ORIGIN, READERS),
    Row("request_correction", "origin_review", ORIGIN, READERS),
    Row("endorse", "origin_review", ORIGIN, READERS),
    Row("reject", "origin_review", ORIGIN, READERS),
    Row("withdraw", "origin_review", FILER, READERS),
    Row("save_draft", "correction", FILER, READERS),
    Row("attach", "correction", FILER, READERS),
    Row("detach", "correction", FILER, READERS),
    Row("resubmit", "correction", FILER, READERS, on="2026-01-05"),
    # After acceptance the bureau that holds the case asks; the filer answers.
    Row("ask_supplement", "accepted", ORIGIN, READERS),
    Row("ask_supplement", "destination_review", DESTINATION, READERS),
    Row("answer_supplement", "asked", FILER, READERS),
    Row("ask_reduction", "decision", ORIGIN, READERS),
    Row("answer_reduction", "less_asked", FILER, READERS),
    Row("attach_to_answer", "asked", FILER, READERS),
    Row("detach_from_answer", "asked", FILER, READERS),
    Row("save_answer", "correction", FILER, READERS),
    Row("consent", "destination_review", DESTINATION, READERS),
    Row("object_to", "destination_review", DESTINATION, READERS),
    Row("take_back", "destination_review", ORIGIN, READERS, on="2026-01-12"),
    Row("approve", "decision", ORIGIN, READERS),
    Row("reject", "decision", ORIGIN, READERS),
    # A review is suspended and resumed by the bureau that holds the case.
    Row("suspend", "origin_review", ORIGIN, READERS),
    Row("suspend", "destination_review", DESTINATION, READERS),
    Row("suspend", "decision", ORIGIN, READERS),
    Row("resume", "suspended_in_origin", ORIGIN, READERS),
    Row("resume", "suspended_in_destination", DESTINATION, READERS),
    # Only the one who signed takes an act back, not another of the same bureau.
    Row("recall", "just_endorsed", SIGNER, READERS),
    Row("record_shipment", "approved", FILER, READERS),
    Row("confirm_shipment", "shipped", OPERATOR, READERS),
    Row("declare_complete", "approved", FILER, READERS),
    Row("close", "approved", FILER, READERS),
    Row("revoke", "approved", ORIGIN, READERS),
    Row("pause", "approved", ORIGIN, READERS),
    Row("lift_pause", "paused", ORIGIN, READERS),
    Row("remind", "destination_review", ORIGIN, READERS, on="2026-01-09"),
    # An approval is delivered to the filer; its slips are corrected by the bureau that issued it.
    Row("deliver", "approved", FILER, READERS),
    Row("issue_erratum", "approved", ORIGIN, READERS),
    # What a bureau keeps for itself: each of the two for itself, its list administrator reads only.
    Row("write_note", "destination_review", ORIGIN | DESTINATION, READERS),
    Row("write_note", "local_opinion", ORIGIN | DESTINATION | LOCAL, READERS | LOCAL),
    Row("take_on", "destination_review", ORIGIN | DESTINATION, READERS),
    Row("settle_flagged", "flagged", ORIGIN, READERS, on="2026-03-02"),
)
