"""Who asks, and for what: drafts with their filers, cases with their bureaus, in an order without a pattern."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from apps.organisations.models import User
from apps.transfers.enums import END_STATES, OPEN_STATES, State
from apps.transfers.models import Application
from benchmarks import requests
from benchmarks.load import Step
from benchmarks.world import SHORTS

PAGES = 5
CASES = 1_000
# Knuth's multiplier: neighbours in the table land far from each other, the same way in every run.
SCATTER = 2_654_435_761


class People:
    """Signed-in filers and handlers of one database, and the requests that they make."""

    def __init__(self) -> None:
        """Makes a session for everybody who files, and for the handler of each province."""
        drafts = Application.objects.filter(state=State.DRAFT)
        self.cookies = requests.cookies_of(User.objects.filter(pk__in=drafts.values("created_by")))
        handlers = {short: User.objects.get(username=f"{short.lower()}.handler") for short in _provinces(drafts)}
        cookies = requests.cookies_of(handlers.values())
        self.bureaus = {short: cookies[user.pk] for short, user in handlers.items()}
        self.unused = _scattered(drafts)

    def drafts(self, count: int) -> list[Application]:
        """The next drafts that nobody has filed yet; fewer when they are used up."""
        taken, self.unused = self.unused[:count], self.unused[count:]
        found = _with_everything(Application.objects.filter(pk__in=taken)).in_bulk()
        return [found[key] for key in taken]

    def filings(self, drafts: Sequence[Application]) -> list[list[Step]]:
        """One POST each."""
        return [[requests.filing(draft, self.cookies[draft.created_by_id])] for draft in drafts]

    def joint_cases(self, drafts: Sequence[Application]) -> list[list[Step]]:
        """Filed, endorsed and consented to: three people, three POSTs, one approval."""
        return [
            [
                requests.filing(draft, self.cookies[draft.created_by_id]),
                requests.endorsing(draft.pk, self.bureaus[draft.origin.short]),
                requests.consenting(draft, self.bureaus[_destination(draft)]),
            ]
            for draft in drafts
        ]

    def worklists(self) -> list[list[Step]]:
        """The first full pages of each province's list in turn, turned as a reader turns them.

        Raises ValueError when no list fills a page.
        """
        tasks: list[list[Step]] = []
        places = dict.fromkeys(self.bureaus.values(), "")
        for _ in range(PAGES):
            following = {cookie: requests.next_page(cookie, place) for cookie, place in places.items()}
            # A last page may be shorter than what the clients count on.
            tasks += [[requests.worklist(cookie, places[cookie])] for cookie, place in following.items() if place]
            places = {cookie: place for cookie, place in following.items() if place}
        if not tasks:
            message = "no province has more than one page of running cases"
            raise ValueError(message)
        return tasks

    def open_cases(self) -> list[list[Step]]:
        """Cases on which somebody works."""
        return list(self._cases(Application.objects.filter(state__in=OPEN_STATES)))

    def old_cases(self) -> list[list[Step]]:
        """Cases of all years that are decided."""
        return list(self._cases(Application.objects.filter(state__in=[State.APPROVED, *END_STATES])))

    def _cases(self, rows: QuerySet[Application]) -> Iterator[list[Step]]:
        for case in rows.filter(pk__in=_scattered(rows)[:CASES]).select_related("origin"):
            yield [requests.case_page(self.bureaus[case.origin.short], case)]


def _provinces(drafts: QuerySet[Application]) -> list[str]:
    """Those between which anything moves, in the usual order."""
    there = {
        short
        for pair in drafts.values_list("origin__short", "destination__short").order_by().distinct()
        for short in pair
    }
    return [short for short in SHORTS if short in there]


def _scattered(rows: QuerySet[Application]) -> list[int]:
    return sorted(rows.values_list("pk", flat=True).order_by(), key=lambda key: key * SCATTER % 2**32)


def _with_everything(rows: QuerySet[Application]) -> QuerySet[Application]:
    return rows.select_related("origin", "destination").prefetch_related("items", "transit")


def _destination(draft: Application) -> str:
    if draft.destination is None:
        message = f"draft {draft.pk} names no operator"
        raise ValueError(message)
    return draft.destination.short
