"""What the filing page finds as one types: codes, methods, operators; by code, name or pinyin initials."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.catalogue.models import CatalogueEdition, DisposalMethod, WasteCode
from apps.organisations.models import Enterprise
from apps.transfers.errors import NotAllowed
from apps.transfers.permissions import is_filer
from apps.web.cases import visible_case
from apps.web.enterprise.fields import operators_for
from apps.web.inputs import plain
from apps.web.moment import today_of, user_of
from apps.web.refusing import not_allowed

MOST = 20
LONGEST_QUERY = 60
NUL = chr(0)


@login_required
@require_safe
def lookup(request: HttpRequest, pk: int) -> HttpResponse:
    """At most 20 of what the filer of this draft may choose, best first, for ``kind`` and the typed ``q``."""
    application = visible_case(request, pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("修改"))
    typed = typed_of(request)
    kind = request.GET.get("kind", "")
    if kind == "operator":
        return JsonResponse({"found": found_operators(operators_for(application), typed)})
    return JsonResponse({"found": found_wastes(kind, typed, day=today_of(request))})


def typed_of(request: HttpRequest) -> str:
    """What was typed so far, in its plain form."""
    return plain(request.GET.get("q", "").replace(NUL, ""))[:LONGEST_QUERY]


def found_wastes(kind: str, typed: str, *, day: date) -> list[dict[str, str]]:
    """Codes of the catalogue in force on the day, or methods, that match; nothing for another kind."""
    if kind == "code":
        return _codes(day, typed)
    return _methods(typed) if kind == "method" else []


def _codes(day: date, typed: str) -> list[dict[str, str]]:
    rows = WasteCode.objects.filter(edition__in=CatalogueEdition.objects.in_force_on(day))
    ranked = _ranked(rows, typed, key="code", name="description", others=Q(category__code__istartswith=typed))
    return [
        _told(code, f"{code}　{category} {name}", text)
        for code, category, name, text in ranked.values_list("code", "category_id", "category__name", "description")[
            :MOST
        ]
    ]


def _methods(typed: str) -> list[dict[str, str]]:
    ranked = _ranked(DisposalMethod.objects.all(), typed, key="code", name="name")
    return [_told(method.code, f"{method.code}　{method.name}", "") for method in ranked[:MOST]]


def found_operators(operators: QuerySet[Enterprise], typed: str) -> list[dict[str, str]]:
    """Those of the operators that match, by name, initials, code, place or permit."""
    others = Q(division__name__contains=typed) | Q(permits__number__iexact=typed)
    ranked = _ranked(operators, typed, key="uscc", name="name", others=others).distinct()
    return [
        _told(str(pk), f"{name}（{place}）", f"{province}　{uscc}")
        for pk, name, place, province, uscc, _rank in ranked.values_list(
            "pk", "name", "division__name", "province__division__name", "uscc", "rank"
        )[:MOST]
    ]


def _ranked(rows: QuerySet, typed: str, *, key: str, name: str, others: Q | None = None) -> QuerySet:
    """Rows that match: a code or initials that begin so come first, then what merely contains it; all for nothing."""
    begins = Q(**{f"{key}__istartswith": typed}) | Q(initials__startswith=typed.lower())
    contains = Q(**{f"{name}__icontains": typed}) | Q(initials__contains=typed.lower())
    contains |= Q(**{f"{key}__icontains": typed})
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    matching = begins | contains | others if others is not None else begins | contains
    return (
        (rows.filter(matching) if typed else rows).annotate(rank=rank).order_by("rank", key if key != "uscc" else name)
    )


def _told(value: str, label: str, detail: str) -> dict[str, str]:
    return {"value": value, "label": label, "detail": detail}
