"""What is done to accounts: each function is one verb in one transaction."""

from apps.organisations.services.accounts.inviting import invite, join, revoke_invitation, send_again
from apps.organisations.services.accounts.keeping import close_account, reopen_account, sweep_accounts
from apps.organisations.services.accounts.passwords import ask_reset, change_password, reset_password
from apps.organisations.services.accounts.second_step import (
    enrol,
    pass_second_step,
    remove_second_step,
    renew_codes,
    reset_second_step,
)
from apps.organisations.services.accounts.signing_in import end_session, end_sessions, record_sign_in

__all__ = [
    "ask_reset",
    "change_password",
    "close_account",
    "end_session",
    "end_sessions",
    "enrol",
    "invite",
    "join",
    "pass_second_step",
    "record_sign_in",
    "remove_second_step",
    "renew_codes",
    "reopen_account",
    "reset_password",
    "reset_second_step",
    "revoke_invitation",
    "send_again",
    "sweep_accounts",
]
