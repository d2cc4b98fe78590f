"""Who gets what from which address: one row per URL name, one column per reader.

The case is filed by Dazu (Chongqing) for Meishan (Sichuan) on the general procedure and waits for the local
opinion, or, where a row says so, in another stage. 200 shows, 302 sends on (a visitor to the sign-in page), 403 says
that it may be seen but not done, 404 that there is no such thing for this reader, 405 that it is posted, never read,
409 that it is theirs to do, but not now.
"""

READERS = {
    "visitor": None,
    "filer": "dazu.filer",
    "viewer": "dazu.viewer",
    "other_filer": "jiulongpo.filer",
    "far_filer": "kunming.filer",
    "operator": "meishan.operator",
    "other_operator": "suining.operator",
    "local": "dazu.local",
    "other_local": "chengdu.local",
    "origin_handler": "cq.handler",
    "origin_signatory": "cq.signatory",
    "destination_handler": "sc.handler",
    "third_handler": "gz.handler",
    "origin_lists": "cq.whitelist_admin",
    "third_lists": "gz.whitelist_admin",
    "auditor": "auditor",
    "admin": "admin",
}

USE = ("utilisation", "edition_use", "heat_map", "run_out")
DRAFT, LOCAL, REVIEW, ASKED, ANSWERED = "draft", "local_opinion", "origin_review", "destination_review", "decision"
APPROVED = "approved"


def row(*statuses: int) -> dict[str, int]:
    assert len(statuses) == len(READERS)
    return dict(zip(READERS, statuses, strict=True))


def everybody(status: int, visitor: int = 302) -> dict[str, int]:
    return dict.fromkeys(READERS, status) | {"visitor": visitor}


# URL name, stage of the case in its address (None: the address names none), expected status of a GET by reader.
TABLE: list[tuple[str, str | None, dict[str, int]]] = [
    # name             stage      visitor filer viewer other far operator other local other o.hand o.sign d.hand third o.list t.list audit admin
    ("landing", None, everybody(200, visitor=200)),
    ("states_picture", None, everybody(200, visitor=200)),
    ("public_lists", None, everybody(200, visitor=200)),
    ("public_list", None, everybody(200, visitor=200)),
    ("check", None, everybody(200, visitor=200)),
    ("check_paper", APPROVED, everybody(200, visitor=200)),
    ("sign_in", None, everybody(302, visitor=200)),
    ("sign_out", None, everybody(405, visitor=405)),
    ("sign_in_code", None, everybody(302)),
    ("ask_reset", None, everybody(200, visitor=200)),
    ("reset_password", None, everybody(410, visitor=410)),
    ("join", None, everybody(200, visitor=200)),
    ("account", None, everybody(200)),
    ("change_password", None, everybody(200)),
    ("end_sessions", None, everybody(405)),
    ("session_state", None, everybody(200, visitor=401)),
    ("resume", None, everybody(302)),
    # Enterprises' people may enrol; the others have, and can't go back.
    ("enrol", None, row(302, 200, 200, 200, 200, 200, 200, *[302] * 10)),
    ("recovery_codes", None, row(302, 302, 302, 302, 302, 302, 302, *[200] * 10)),
    ("remove_second_step", None, row(302, 302, 302, 302, 302, 302, 302, *[409] * 10)),
    *((name, None, everybody(403) | {"admin": 200}) for name in ("accounts", "account_of", "invitations")),
    # An enterprise's people stay, the others go on to their desk.
    ("home", None, row(302, 200, 200, 200, 200, 200, 200, 302, 302, 302, 302, 302, 302, 302, 302, 302, 302)),
    ("own_applications", None, everybody(200)),
    ("addressed_applications", None, everybody(200)),
    ("worklist", None, everybody(200)),
    ("worklist_export", None, everybody(200)),
    ("new_application", None, row(302, 200, 403, 200, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403)),
    ("draft", DRAFT, row(302, 200, 403, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404)),
    ("files", DRAFT, everybody(405)),
    ("lookup", DRAFT, row(302, 200, 403, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404)),
    ("again", LOCAL, row(302, 200, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404)),
    ("delete_draft", DRAFT, row(302, 200, 403, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404)),
    (
        "own_application",
        LOCAL,
        row(302, 200, 200, 404, 404, 200, 404, 302, 404, 302, 302, 302, 404, 302, 404, 302, 404),
    ),
    ("withdraw", LOCAL, row(302, 200, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404)),
    ("case", LOCAL, row(302, 404, 404, 404, 404, 404, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    ("reckoning", LOCAL, row(302, 200, 200, 404, 404, 200, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    ("case_check", LOCAL, row(302, 404, 404, 404, 404, 404, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    ("case_moved", LOCAL, row(302, 404, 404, 404, 404, 404, 404, 204, 404, 204, 204, 204, 404, 204, 404, 204, 404)),
    # What a bureau keeps for itself: the auditor reads the case, but not this.
    ("case_notes", LOCAL, row(302, 404, 404, 404, 404, 404, 404, 200, 404, 200, 200, 200, 404, 200, 404, 403, 404)),
    ("take_on", LOCAL, everybody(405)),
    ("remind", LOCAL, everybody(405)),
    ("paper", LOCAL, row(302, 200, 200, 404, 404, 200, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    ("paper_pdf", LOCAL, row(302, 200, 200, 404, 404, 200, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    (
        "issue_erratum",
        APPROVED,
        row(302, 403, 403, 404, 404, 403, 404, 403, 404, 200, 200, 200, 404, 403, 404, 403, 404),
    ),
    ("attachment", LOCAL, row(302, 200, 200, 404, 404, 200, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    ("give_opinion", LOCAL, row(302, 404, 404, 404, 404, 404, 404, 200, 404, 403, 403, 403, 404, 403, 404, 403, 404)),
    ("accept", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    (
        "request_correction",
        REVIEW,
        row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404),
    ),
    ("endorse", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    ("reject", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    ("consent", ASKED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 403, 403, 200, 404, 403, 404, 403, 404)),
    ("object", ASKED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 403, 403, 200, 404, 403, 404, 403, 404)),
    ("approve", ANSWERED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    (
        "ask_reduction",
        ANSWERED,
        row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404),
    ),
    (
        "answer_reduction",
        ANSWERED,
        row(302, 409, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404),
    ),
    # The same acts out of their time: whose they are is told 409, the rest as above.
    ("accept", LOCAL, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 409, 409, 403, 404, 403, 404, 403, 404)),
    ("consent", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 403, 403, 409, 404, 403, 404, 403, 404)),
    ("draft", LOCAL, row(302, 302, 302, 404, 404, 302, 404, 302, 404, 302, 302, 302, 404, 302, 404, 302, 404)),
    ("correction", LOCAL, row(302, 302, 302, 404, 404, 302, 404, 302, 404, 302, 302, 302, 404, 302, 404, 302, 404)),
    ("supplements", LOCAL, row(302, 200, 200, 404, 404, 200, 404, 302, 404, 302, 302, 302, 404, 302, 404, 302, 404)),
    ("shipments", LOCAL, row(302, 302, 302, 404, 404, 302, 404, 302, 404, 302, 302, 302, 404, 302, 404, 302, 404)),
    ("shipments", APPROVED, row(302, 200, 200, 404, 404, 200, 404, 302, 404, 302, 302, 302, 404, 302, 404, 302, 404)),
    (
        "case_supplements",
        LOCAL,
        row(302, 404, 404, 404, 404, 404, 404, 200, 404, 200, 200, 200, 404, 200, 404, 200, 404),
    ),
    # Interrupting a review.
    ("take_back", ASKED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 409, 409, 403, 404, 403, 404, 403, 404)),
    ("suspend", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    ("suspend", ASKED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 403, 403, 200, 404, 403, 404, 403, 404)),
    ("resume", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 409, 409, 403, 404, 403, 404, 403, 404)),
    # Only who signed the last act: the handler of the origin endorsed, and approved.
    ("recall", ASKED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 403, 403, 404, 403, 404, 403, 404)),
    ("recall", REVIEW, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404)),
    # The chain of the origin: a revocation is prepared; nobody outside the bureau's deciding roles sees it.
    ("signing", None, everybody(200)),
    ("sign_batch", None, everybody(405)),
    ("deputies", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 200, 403, 403, 403, 403)),
    ("preparation", APPROVED, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 200, 200, 404, 404, 404, 404, 404, 404)),
    # After an approval.
    ("pause", APPROVED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    ("lift_pause", APPROVED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 409, 409, 403, 404, 403, 404, 403, 404)),
    ("revoke", APPROVED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 200, 200, 403, 404, 403, 404, 403, 404)),
    ("settle", APPROVED, row(302, 404, 404, 404, 404, 404, 404, 403, 404, 409, 409, 403, 404, 403, 404, 403, 404)),
    (
        "record_shipment",
        APPROVED,
        row(302, 200, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404),
    ),
    (
        "confirm_shipment",
        APPROVED,
        row(302, 403, 403, 404, 404, 409, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404),
    ),
    (
        "declare_complete",
        APPROVED,
        row(302, 200, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404),
    ),
    ("close", APPROVED, row(302, 200, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404)),
    (
        "record_shipment",
        LOCAL,
        row(302, 409, 403, 404, 404, 403, 404, 403, 404, 403, 403, 403, 404, 403, 404, 403, 404),
    ),
    # Figures of the year and past lists: people of the provincial bureaus, and the auditor.
    *(
        (name, None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 200, 200, 200, 200, 403))
        for name in ("exchange_report", "exchange_sheet", "exchange_pdf", "list_history", "time_use", *USE)
    ),
    ("demand", None, row(302, 200, 200, 200, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403)),
    ("demand_lookup", None, row(302, 200, 403, 200, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403)),
    ("demand_board", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 403)),
    ("list_annex", None, everybody(200)),
    ("list_annex_pdf", None, everybody(200)),
    # A list of Chongqing's as destination: carried over, drafted and imported by its administrator.
    ("carry_over", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 403, 403, 403)),
    ("edition_export", None, everybody(200)),
    *(
        (name, None, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 200, 404, 404, 404))
        for name in ("lines_template", "import_lines", "import_state", "import_annotated")
    ),
    # The desk of the lists, and the same draft on it: its own side alone sees it; what is only posted is never read.
    ("whitelist", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 403)),
    ("edition_list", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 200, 200, 200, 200, 403)),
    ("new_edition", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 403, 403)),
    *(
        (name, None, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 200, 404, 404, 404))
        for name in ("edition", "add_line", "edit_line", "propose_edition", "abandon_edition")
    ),
    *(
        (name, None, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 403, 404, 404, 404))
        for name in ("counter_edition", "confirm_edition")
    ),
    ("strike_line", None, everybody(405)),
    ("reset_lines", None, everybody(405)),
    ("edition_round", None, everybody(200)),
    # The same list during its year: its own administrators act, both bureaus and the auditor read.
    *(
        (name, None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 200, 200, 200, 200, 403))
        for name in ("adjustments", "suspensions", "permit_status")
    ),
    (
        "listed_operators",
        None,
        row(302, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 403),
    ),
    ("entry_ledger", None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200, 200, 403, 200, 403, 200, 403)),
    *(
        (name, None, row(302, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 403, 403, 403))
        for name in ("propose_adjustment", "suspend_listed")
    ),
    ("adjustment", None, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 200, 200, 200, 404, 200, 404, 200, 404)),
    ("lift_suspension", None, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 403, 403, 403, 404, 200, 404, 403, 404)),
    # Late cases: bureaus and the auditor, each what they may read.
    ("supervised", None, row(302, 403, 403, 403, 403, 403, 403, 200, 200, 200, 200, 200, 200, 200, 200, 200, 403)),
    # The calendar: everybody reads it, the system administrator changes it.
    ("calendar", None, everybody(200)),
    *((name, None, everybody(403) | {"admin": 200}) for name in ("calendar_day", "calendar_load", "calendar_change")),
    # Everybody's own messages; the one of the table is the origin handler's. The feed asks for a key, not for a person.
    *((name, None, everybody(200)) for name in ("notices", "notice_preferences", "calendar_feed")),
    ("bell", None, everybody(200, visitor=204)),
    ("notice", None, everybody(404) | {"origin_handler": 302}),
    *((name, None, everybody(405)) for name in ("notice_read", "notices_read")),
    ("due_feed", None, everybody(200, visitor=200)),
    # A draft is seen by its enterprise only, from no side.
    ("case", DRAFT, row(302, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404)),
    ("attachment", DRAFT, row(302, 200, 200, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404)),
]
