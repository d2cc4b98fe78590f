"""What stands on a bureau's worklist, as the address says."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.functional import cached_property

from apps.catalogue.reading import places
from apps.organisations.enums import DECIDING_ROLES
from apps.transfers.enums import END_STATES, OPEN_STATES, Route, State
from apps.transfers.models import Application, CaseHandler
from apps.web.bureau.in_hand import in_hand
from apps.web.bureau.keyset import Done, Waiting, read_place
from apps.web.bureau.searching import CATEGORY, LONGEST, Search, of_category, of_operator, read_search
from apps.web.moment import standing_for, today_of, user_of, version_of

SCOPES = {"mine": "待我方办理", "open": "全部在办", "approved": "已批准", "ended": "已结束", "all": "全部"}
SCOPE_STATES: Mapping[str, tuple[State, ...]] = {
    "mine": OPEN_STATES,
    "open": OPEN_STATES,
    "approved": (State.APPROVED,),
    "ended": END_STATES,
}
FILTERS = ("state", "route", "pair", "category", "operator", "own", "supervised", "q")
COLUMNS = (
    *("pk", "number", "state", "route", "due_at", "is_due_provisional", "supervised_since", "received_on"),
    *("origin_id", "destination_id", "generator__name", "operator__name", "handler_name"),
)
# A pair of provinces in the address: 50-51.
PAIR = 5


class Worklist:
    """The filters in the address: ``scope`` and those of ``FILTERS``; unknown values count as none."""

    def __init__(self, request: HttpRequest) -> None:
        """Read the filters and for whom the person works."""
        self.standing = standing_for(request)
        self.today = today_of(request)
        self.user = user_of(request)
        self.version = version_of(request)
        self.asked = {name: _cleaned(request.GET.get(name, "")) for name in (*FILTERS, "scope", "after", "before")}
        self.has_own_work = bool(self.standing.provinces(*DECIDING_ROLES) or self.standing.local_divisions())
        usual = "all" if self.asked["q"] else "mine" if self.has_own_work else "open"
        self.scope = self.asked["scope"] if self.asked["scope"] in self.scopes() else usual
        self.state = self.asked["state"] if self.asked["state"] in State.values else ""
        self.route = self.asked["route"] if self.asked["route"] in Route.values else ""
        self.pair = self.asked["pair"] if len(self.asked["pair"]) == PAIR else ""
        self.query = self.asked["q"]
        self.states = [choice for choice in State.choices if choice[0] != State.DRAFT]
        self.routes = Route.choices
        self.is_waiting = self.scope in {"mine", "open"}
        self.order = Waiting() if self.is_waiting else Done()

    @property
    def is_filtered(self) -> bool:
        """Whether a filter of the form narrows the list."""
        return any(self.asked[name] for name in FILTERS if name != "q")

    def scopes(self) -> dict[str, str]:
        return {name: word for name, word in SCOPES.items() if name != "mine" or self.has_own_work}

    @cached_property
    def provinces(self) -> dict[str, tuple[str, str]]:
        """Name and one-character abbreviation of every province, by code."""
        rows = places(self.version).provinces
        return {code: (province.division.name, province.abbreviation) for code, province in rows.items()}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The directions that the person may meet."""
        own = self.standing.provinces() or set(self.provinces)
        return [
            (f"{one[:2]}-{other[:2]}", f"{self.provinces[one][0]} → {self.provinces[other][0]}")
            for one in self.provinces
            for other in self.provinces
            if one != other and (one in own or other in own)
        ]

    def counts(self) -> list[tuple[str, str, int | None]]:
        """The scopes, with how many cases wait in them; what is done grows for ever and isn't counted here."""
        sums = self.sums
        return [(name, word, sums.get(name)) for name, word in self.scopes().items()]

    @cached_property
    def sums(self) -> dict[str, int]:
        waiting = self._readable().filter(state__in=OPEN_STATES).order_by()
        supervised = Count("pk", filter=Q(supervised_since__isnull=False))
        return waiting.aggregate(open=Count("pk"), mine=Count("pk", filter=self._in_hand()), supervised=supervised)

    @cached_property
    def search(self) -> Search | None:
        """What the search box means; None when nothing was typed."""
        if not self.query:
            return None
        own = self.standing.provinces() or set(self.provinces)
        return read_search(self.query, provinces=self.provinces, year=self.today.year, own=own)

    def jump(self) -> int | None:
        """The one case whose number was typed, wherever it stands; None when there is none, or more."""
        if self.search is None or not self.search.is_number:
            return None
        found = list(self._readable().filter(self.search.condition).order_by().values_list("pk", flat=True)[:2])
        return found[0] if len(found) == 1 else None

    def cases(self) -> QuerySet[Application]:
        """The filtered cases, in no order yet."""
        rows = self._readable()
        states = SCOPE_STATES.get(self.scope)
        if states:
            rows = rows.filter(state__in=states)
        if self.scope == "mine":
            rows = rows.filter(self._in_hand())
        for condition in self._conditions():
            rows = rows.filter(condition)
        return rows

    def rows(self, most: int) -> tuple[list[dict[str, Any]], str, str]:
        """At most ``most`` rows, and the places before the first and after the last; empty where the list ends."""
        place = read_place(self.asked["after"], self.asked["before"], length=self.order.length)
        cases = self.cases()
        is_backwards = place is not None and place.is_before
        if place is not None:
            cases = cases.filter(self.order.beyond(place))
        found = list(self.told(cases).order_by(*self.order.order(is_backwards=is_backwards))[: most + 1])
        has_more, found = len(found) > most, found[:most]
        if is_backwards:
            found.reverse()
        has_before, has_after = (has_more, True) if is_backwards else (place is not None, has_more)
        before = self.order.key_of(found[0]) if found and has_before else ""
        after = self.order.key_of(found[-1]) if found and has_after else ""
        return found, before, after

    def told(self, cases: QuerySet[Application]) -> QuerySet[Application, dict[str, Any]]:
        """What a row of the list shows, and who of one's own bureau takes care of it."""
        own = self.standing.provincial_bureaus() | self.standing.local_bureaus()
        handlers = CaseHandler.objects.filter(application=OuterRef("pk"), bureau__in=own).order_by("pk")
        name = Subquery(handlers.values("handler__display_name")[:1])
        return cases.annotate(handler_name=name).values(*COLUMNS)

    def _conditions(self) -> list[Q]:
        category = CATEGORY.fullmatch(self.asked["category"].upper())
        own = CaseHandler.objects.filter(application=OuterRef("pk"), handler=self.user)
        asked = (
            (self.state, lambda: Q(state=self.state)),
            (self.route, lambda: Q(route=self.route)),
            (self.pair, lambda: Q(origin=f"{self.pair[:2]}0000", destination=f"{self.pair[3:]}0000")),
            (category, lambda: of_category(category[1]) if category else Q()),
            (self.asked["operator"], lambda: of_operator(self.asked["operator"])),
            (self.asked["own"], lambda: Q(Exists(own))),
            (self.asked["supervised"], lambda: Q(supervised_since__isnull=False)),
            (self.search, lambda: self.search.condition if self.search else Q()),
        )
        return [condition() for is_asked, condition in asked if is_asked]

    def _readable(self) -> QuerySet[Application]:
        """What the person reads for an authority, not for an enterprise."""
        return Application.objects.read_for_authority(self.user, self.today)

    def _in_hand(self) -> Q:
        """Cases that wait for the person's own bureau."""
        return in_hand(self.standing)


def _cleaned(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST]
