"""The sign-off chain as pure rules: which acts it is for, whose role is high enough for a step."""

from collections.abc import Collection, Sequence

from apps.organisations.enums import DECIDING_ROLES, Role

# What a provincial bureau does to a case. Recalling is the signer's own, and the local bureau has no chain.
CHAINED = frozenset(
    {
        *("accept", "request_correction", "endorse", "consent", "object", "take_back", "approve", "reject"),
        *("suspend", "resume", "pause", "lift_pause", "revoke", "settle"),
    }
)
STEP_NAMES = {1: ("办理",), 2: ("经办", "签发"), 3: ("经办", "审核", "签发")}


def at_least(role: str) -> tuple[Role, ...]:
    """The role and those above it: a bureau's head may sign what its signatory may, never the reverse."""
    return DECIDING_ROLES[DECIDING_ROLES.index(Role(role)) :]


def up_to(roles: Collection[str]) -> frozenset[Role]:
    """Every role whose steps somebody with one of these roles may do."""
    ranks = [DECIDING_ROLES.index(role) for role in DECIDING_ROLES if role in roles]
    return frozenset(DECIDING_ROLES[: max(ranks) + 1]) if ranks else frozenset()


def next_step(roles: Sequence[str], done: int) -> str:
    """The role that the next step needs after ``done`` steps; empty after the last."""
    return roles[done] if done < len(roles) else ""


def chain_in_words(roles: Sequence[str]) -> str:
    """经办（经办人）→ 审核（处室负责人）→ 签发（分管负责人）."""
    return " → ".join(f"{step}（{Role(role).label}）" for step, role in zip(STEP_NAMES[len(roles)], roles, strict=True))
