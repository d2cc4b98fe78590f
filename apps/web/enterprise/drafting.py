"""The draft's page as one thing: what is stored or typed, bound together, shown with its check."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from apps.catalogue.models import CatalogueEdition, RequiredMaterial
from apps.catalogue.reading import Wastes, wastes
from apps.catalogue.rules import is_identified_unlisted
from apps.transfers.enums import State
from apps.transfers.errors import CheckFailed, Refused, RouteChanged
from apps.transfers.models import Application
from apps.transfers.rules.findings import CheckResult
from apps.transfers.services.checking import check_application
from apps.transfers.services.drafts import DraftForm, save_draft
from apps.transfers.services.limits import read_limits
from apps.web.cases import attachments_of
from apps.web.enterprise.attachments import take_in
from apps.web.enterprise.checked import Checked, ItemCheck, checked
from apps.web.enterprise.fields import method_names
from apps.web.enterprise.forms import (
    DraftFields,
    ItemRow,
    draft_form,
    item_rows,
    stored_form,
    stored_rows,
    typed_rows,
)
from apps.web.moment import calendar_of, now_of, today_of, user_of

FEWEST_ROWS = 1
MOST_DIGITS = 9


@dataclass
class Drafting:
    """An editable application at its page: bound to what was posted, or to what is stored."""

    request: HttpRequest
    application: Application
    fields: DraftFields
    rows: list[ItemRow]
    version: str
    refusals: list[Refused] = field(default_factory=list)
    result: CheckResult | None = None
    methods: dict[str, str] = field(default_factory=dict)
    is_saved: bool = False

    def is_valid(self) -> bool:
        parts = [self.fields, *self.rows]
        valid = [part.is_valid() for part in parts]  # each is asked, so that every error shows
        return all(valid)

    @property
    def typed(self) -> DraftForm:
        """What was typed, for the service; blank rows are left out. Needs ``is_valid``."""
        return draft_form(self.fields.cleaned_data, [row.values for row in self.rows if not row.is_blank])

    def has_changed(self) -> bool:
        """Whether what was typed differs from what is stored."""
        return self.typed != stored_form(self.application)

    def seen_version(self) -> int:
        """The version that the person was editing; 0, which never is, when the form was tampered with."""
        is_number = self.version.isascii() and self.version.isdigit() and len(self.version) <= MOST_DIGITS
        return int(self.version) if is_number else 0

    def save(self) -> None:
        """Keep what was typed. Raises Refused."""
        self.application = save_draft(
            application_id=self.application.pk,
            by=user_of(self.request),
            now=now_of(self.request),
            version=self.seen_version(),
            form=self.typed,
        )
        self.is_saved = True

    def attach_files(self) -> None:
        """Take in every chosen file first: a browser can't be asked to choose it again."""
        self.refusals += take_in(self.request, self.application)

    def refuse(self, refused: Refused) -> None:
        """Show a refusal beside its field, or above the form; a check that failed shows every finding."""
        if isinstance(refused, CheckFailed | RouteChanged):
            self.result = refused.result
        if refused.field in self.fields.fields:
            self.fields.refuse(refused)
        else:
            self.refusals.append(refused)

    def check(self) -> None:
        """Check what is stored."""
        self.result = self.checked_now()

    def checked_now(self) -> CheckResult:
        """What the check finds in what is stored, for whoever compares before and after."""
        if self.is_saved or self.refusals:
            # Something has just been written, here or elsewhere.
            self.application = Application.objects.get(pk=self.application.pk)
        return check_application(
            application=self.application, today=today_of(self.request), calendar=calendar_of(self.request)
        )

    def context(self) -> dict[str, Any]:
        """Everything that the page shows."""
        stamp, is_correction = calendar_of(self.request).stamp, self.application.state == State.CORRECTION
        attachments, kept = attachments_of(self.application, stamp), wastes(stamp)
        edition = kept.edition_on(today_of(self.request))
        return {
            **self.live_context(),
            "fields": self.fields,
            "points": list(self.application.correction_points.order_by("position")) if is_correction else [],
            "materials": self._materials(attachments),
            "codes": codes_of(kept, edition),
            # Told while nobody knows when its next edition comes.
            "catalogue": edition if edition and edition.valid_until is None else None,
            "methods": self.methods,
            "blank": item_rows([{}], self.methods, is_typed=False)[0],
        }

    def live_context(self) -> dict[str, Any]:
        """What changes as one types."""
        stamp = calendar_of(self.request).stamp
        view = (
            checked(self.application, self.result, today_of(self.request), wastes(stamp), read_limits(stamp))
            if self.result
            else None
        )
        return {
            "application": self.application,
            "drafting": self,
            "version": self.version,
            "is_correction": self.application.state == State.CORRECTION,
            "rows": self.rows,
            "numbered": self._numbered(view),
            "checked": view,
            "result": self.result,
        }

    def _numbered(self, view: Checked | None) -> list[tuple[ItemRow, ItemCheck]]:
        """Each row with what is known of its item; a blank row is none, so items count without it."""
        position, numbered = 0, []
        for row in self.rows:
            is_item = bool(row.initial) or (row.is_bound and not row.is_blank)
            position += is_item
            known = view.items.get(position) if view and is_item else None
            numbered.append((row, known or ItemCheck()))
        return numbered

    def errors(self) -> list[tuple[str, str, str]]:
        """What is wrong with what was typed: the input's id, code, sentence."""
        parts = [self.fields, *self.rows]
        return [
            (part[name].auto_id if name in part.fields else "", error.code or "", sentence)
            for part in parts
            for name, errors in part.errors.as_data().items()
            for error in errors
            for sentence in error.messages
        ]

    def _materials(self, attachments: list[Any]) -> list[tuple[RequiredMaterial, list[Any]]]:
        application = self.application
        codes = [str(row["waste_code"].value() or "") for row in self.rows]
        identified = any(is_identified_unlisted(code) for code in codes)
        there = {file.material for file in attachments}
        needed = RequiredMaterial.objects.filter(province__isnull=True) | RequiredMaterial.objects.filter(
            province=application.origin_id
        )
        return [
            (material, [file for file in attachments if file.material == material.code])
            for material in needed.order_by("position", "code")
            if identified or not material.only_identified_waste or material.code in there
        ]


def stored(request: HttpRequest, application: Application) -> Drafting:
    """The page of what is stored."""
    methods = method_names(wastes(calendar_of(request).stamp))
    kept = stored_rows(application.items.all())
    kept += [{}] * (max(FEWEST_ROWS - len(kept), 0))
    return Drafting(
        request=request,
        application=application,
        fields=DraftFields(application=application, initial=DraftFields.initial_of(application)),
        rows=item_rows(kept, methods, is_typed=False),
        version=str(application.version),
        methods=methods,
    )


def posted(
    request: HttpRequest,
    application: Application,
    *,
    typed: list[dict[str, str]] | None = None,
    operator: str | None = None,
) -> Drafting:
    """The page of what was typed; ``typed`` are its rows and ``operator`` its operator when a button changed them."""
    methods = method_names(wastes(calendar_of(request).stamp))
    data = request.POST.copy()
    if operator is not None:
        data["operator"] = operator
    rows = typed_rows(data) if typed is None else typed
    return Drafting(
        request=request,
        application=application,
        fields=DraftFields(data, application=application),
        rows=item_rows(rows or [{}], methods, is_typed=True),
        version=request.POST.get("version", ""),
        methods=methods,
    )


def codes_of(kept: Wastes, edition: CatalogueEdition | None) -> list[tuple[str, str]]:
    """The catalogue in force, to choose codes from."""
    lines = (line for (key, _), line in kept.lines.items() if edition and key == edition.pk)
    return [(line.code, f"{line.category_id} {line.description[:24]}") for line in lines]
