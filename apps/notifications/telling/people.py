"""From posts to people: who stands there on the day of telling, deputies included."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from apps.notifications.telling.notices import Happening, Notice, Post
from apps.organisations.models import Deputy, Membership, User
from apps.transfers.models import CaseHandler

Party = tuple[str, int]


@dataclass(slots=True)
class People:
    """Everybody who may be told of a chunk of rows, read in four queries however many rows there are.

    Told are those who hold the role on the day of telling, not on that of the event: who left meanwhile hears
    nothing, who came since has the case now.
    """

    users: dict[int, User] = field(default_factory=dict)
    at: dict[Party, dict[str, set[int]]] = field(default_factory=dict)
    handlers: dict[tuple[int, int], int] = field(default_factory=dict)
    deputies: dict[tuple[int, int], set[int]] = field(default_factory=dict)

    def told_of(self, happening: Happening) -> dict[int, Notice]:
        """By person what they are told: the first notice that means them; not who did it."""
        told: dict[int, Notice] = {}
        for notice in happening.notices:
            for person in self._meant(notice.post):
                told.setdefault(person, notice)
        told.pop(happening.actor_id or 0, None)
        return told

    def _meant(self, post: Post) -> set[int]:
        if post.people:
            return set(post.people & self.users.keys())
        holding = self.at.get(_party(post), {})
        held: set[int] = set().union(*(holding.get(role, set()) for role in post.roles))
        if post.case_id is not None:
            handler = self.handlers.get((post.case_id, post.bureau_id or 0))
            # Somebody who holds the role no longer has left the case to the others.
            held = {handler} if handler in held else held
        if post.bureau_id is None:
            return held
        return held.union(*(self.deputies.get((post.bureau_id, person), set()) for person in held))


def people_for(happenings: Iterable[Happening], *, on: date) -> People:
    """Read everybody who stands at one of the posts on the day; closed accounts stand nowhere."""
    posts = [notice.post for happening in happenings for notice in happening.notices]
    people = People()
    if not posts:
        return people
    bureaus = {post.bureau_id for post in posts if post.bureau_id is not None}
    enterprises = {post.enterprise_id for post in posts if post.enterprise_id is not None}
    cases = {post.case_id for post in posts if post.case_id is not None}
    named = {person for post in posts for person in post.people}
    people.users.update(User.objects.filter(is_active=True).in_bulk(named) if named else {})
    _read_memberships(people, Q(bureau__in=bureaus) | Q(enterprise__in=enterprises), on)
    for row in CaseHandler.objects.filter(application__in=cases, bureau__in=bureaus) if cases else ():
        people.handlers[row.application_id, row.bureau_id] = row.handler_id
    # Nobody stands in for an enterprise's people.
    _read_deputies(people, bureaus, on)
    return people


def _read_memberships(people: People, wanted: Q, on: date) -> None:
    rows = Membership.objects.in_force_on(on).filter(wanted, user__is_active=True).select_related("user").order_by("pk")
    for row in rows:
        party: Party = ("b", row.bureau_id) if row.bureau_id is not None else ("e", row.enterprise_id or 0)
        people.users[row.user_id] = row.user
        people.at.setdefault(party, defaultdict(set))[row.role].add(row.user_id)


def _read_deputies(people: People, bureaus: set[int], on: date) -> None:
    if not bureaus:
        return
    rows = Deputy.objects.in_force_on(on).filter(bureau__in=bureaus, deputy__is_active=True)
    for row in rows.select_related("deputy").order_by("pk"):
        people.users[row.deputy_id] = row.deputy
        people.deputies.setdefault((row.bureau_id, row.person_id), set()).add(row.deputy_id)


def _party(post: Post) -> Party:
    return ("b", post.bureau_id) if post.bureau_id is not None else ("e", post.enterprise_id or 0)
