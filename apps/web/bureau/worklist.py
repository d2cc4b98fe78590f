"""What stands on a bureau's worklist, as the address says."""

from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest

from apps.organisations.enums import DECIDING_ROLES
from apps.transfers.enums import END_STATES, OPEN_STATES, Route, State
from apps.transfers.models import Application
from apps.web.moment import standing_for, today_of, user_of
from apps.web.showing import asked_tonnes

SCOPES = {"mine": "待我方办理", "open": "全部在办", "approved": "已批准", "ended": "已结束", "all": "全部"}
WAITING = ("mine", "open")
LONGEST_QUERY = 60


class Worklist:
    """The filters in the address: ``scope``, ``state``, ``route``, ``q``; unknown values count as none."""

    def __init__(self, request: HttpRequest) -> None:
        """Read the filters and for whom the person works."""
        self.standing = standing_for(request)
        self.today = today_of(request)
        self.user = user_of(request)
        asked = request.GET
        self.has_own_work = bool(self.standing.provinces(*DECIDING_ROLES) or self.standing.local_divisions())
        usual = "mine" if self.has_own_work else "open"
        scope = asked.get("scope", usual)
        self.scope = scope if scope in self.scopes() else usual
        self.state = asked.get("state") if asked.get("state") in State.values else ""
        self.route = asked.get("route") if asked.get("route") in Route.values else ""
        self.query = asked.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
        self.states = [choice for choice in State.choices if choice[0] != State.DRAFT]
        self.routes = Route.choices

    def scopes(self) -> dict[str, str]:
        return {name: word for name, word in SCOPES.items() if name != "mine" or self.has_own_work}

    def counts(self) -> list[tuple[str, str, int | None]]:
        """The scopes, with how many cases wait in them; what is done grows for ever and isn't counted here."""
        waiting = self._readable().filter(state__in=OPEN_STATES)
        sums = waiting.aggregate(open=Count("pk"), mine=Count("pk", filter=self._in_hand()))
        return [(name, word, sums.get(name)) for name, word in self.scopes().items()]

    def rows(self) -> QuerySet[Application]:
        """The filtered cases, supervised first, then by due moment; those without one come last."""
        rows = self._readable().filter(self._scope(self.scope))
        if self.state:
            rows = rows.filter(state=self.state)
        if self.route:
            rows = rows.filter(route=self.route)
        if self.query:
            rows = rows.filter(
                Q(number__icontains=self.query)
                | Q(generator__name__icontains=self.query)
                | Q(operator__name__icontains=self.query)
            )
        rows = rows.select_related("generator", "operator", "origin__division", "destination__division")
        return rows.annotate(asked_t=asked_tonnes()).order_by(*self._order())

    def _order(self) -> list[Any]:
        """What is done has no due moment: the newest first, straight from the key."""
        if self.scope not in WAITING:
            return ["-pk"]
        return [F("supervised_since").asc(nulls_last=True), F("due_at").asc(nulls_last=True), "-pk"]

    def _readable(self) -> QuerySet[Application]:
        """What the person reads for an authority, not for an enterprise."""
        seen = Application.objects.visible_to(self.user, self.today).exclude(state=State.DRAFT)
        if self.standing.is_auditor:
            return seen
        provinces = self.standing.provinces()
        local = Q(route=Route.GENERAL, local_division__in=self.standing.local_divisions())
        return seen.filter(Q(origin__in=provinces) | Q(destination__in=provinces) | local)

    def _scope(self, name: str) -> Q:
        if name == "mine":
            return self._in_hand()
        return {
            "open": Q(state__in=OPEN_STATES),
            "approved": Q(state=State.APPROVED),
            "ended": Q(state__in=END_STATES),
            "all": Q(pk__isnull=False),
        }[name]

    def _in_hand(self) -> Q:
        """Cases that wait for the person's own bureau."""
        provinces = self.standing.provinces(*DECIDING_ROLES)
        with_origin = (State.ORIGIN_REVIEW, State.DECISION)
        with_destination = (State.DESTINATION_REVIEW,)
        return (
            Q(origin__in=provinces, state__in=with_origin)
            | Q(origin__in=provinces, state=State.SUSPENDED, suspended_from__in=with_origin)
            | Q(destination__in=provinces, state__in=with_destination)
            | Q(destination__in=provinces, state=State.SUSPENDED, suspended_from__in=with_destination)
            | Q(local_division__in=self.standing.local_divisions(), state=State.LOCAL_OPINION)
        )
