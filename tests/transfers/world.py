"""The demo's world in a test database, and a case in it: real reference data, real calendar, fictional parties."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction

from apps.catalogue.services.loading import load_reference
from apps.deadlines.workdays import ZONE
from apps.organisations.models import Enterprise, User
from apps.organisations.services.demo_parties import DemoParties, load_demo_parties
from apps.transfers.models import Application
from apps.transfers.services.attaching import attach
from apps.transfers.services.drafts import DraftForm, ItemForm, create_draft, save_draft
from apps.transfers.services.filing import submit
from apps.transfers.services.loading import load_limits
from apps.whitelists.models import WhitelistEntry
from apps.whitelists.services.demo_lists import load_demo_lists
from tests.snapshot import Snapshot, put_back, take

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
MATERIALS = ("permit_copy", "method_statement", "contract")


def at(day: str, clock: str = "10:00") -> datetime:
    """A moment in Shanghai: ``at("2026-01-05", "17:55")``."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), tzinfo=ZONE)


@dataclass
class World:
    """Parties by the names of fixtures/demo/demo_world.csv (G-CQ1, O-SC1), people by their user names (dazu.filer)."""

    parties: DemoParties

    def enterprise(self, name: str) -> Enterprise:
        return Enterprise.objects.select_related("province", "division").get(pk=self.parties.enterprises[name].pk)

    def user(self, name: str) -> User:
        # Fetched again: a person's standing is kept on the instance for a day.
        return User.objects.get(pk=self.parties.users[name].pk)

    def filer_of(self, name: str) -> User:
        return User.objects.get(memberships__enterprise=self.enterprise(name), memberships__role="filer")

    def staff_of(self, name: str) -> User:
        """Somebody who confirms shipments for the operator."""
        return User.objects.get(memberships__enterprise=self.enterprise(name), memberships__role="operator_staff")

    def entry(self, operator: str, code: str, origin: str, year: int = 2026) -> WhitelistEntry:
        return WhitelistEntry.objects.get(
            operator=self.enterprise(operator),
            waste_codes__contains=[code],
            edition__origin__short=origin,
            edition__begins_on__year=year,
        )

    def draft(
        self,
        *,
        generator: str = "G-CQ1",
        operator: str = "O-SC1",
        items: Mapping[str, str] | None = None,
        method: str = "R4",
        now: datetime,
        period: tuple[str, str] | None = None,
        materials: tuple[str, ...] = MATERIALS,
    ) -> Application:
        """A complete draft: ``items`` are tonnes by waste code."""
        filer = self.filer_of(generator)
        draft = create_draft(generator_id=self.enterprise(generator).pk, by=filer, now=now)
        for material in materials:
            attach(
                application_id=draft.pk,
                by=filer,
                now=now,
                material=material,
                name=f"{material}.pdf",
                content=ContentFile(b"%PDF-1.7 test"),
            )
        first, last = period or (f"{now.astimezone(ZONE).date()}", f"{now.astimezone(ZONE).year}-12-31")
        form = DraftForm(
            operator_id=self.enterprise(operator).pk,
            requested_from=date.fromisoformat(first),
            requested_until=date.fromisoformat(last),
            carrier_name="重庆示例危货运输有限公司",
            contract_no="HT-2026-001",
            transit=self._transit(generator, operator),
            items=tuple(
                ItemForm(
                    waste_code=code,
                    waste_name="示例废物",
                    form="solid",
                    packaging="吨袋",
                    method=method,
                    amount_t=Decimal(amount),
                )
                for code, amount in (items or {"900-045-49": "120"}).items()
            ),
        )
        return save_draft(application_id=draft.pk, by=filer, now=now, version=draft.version, form=form)

    def _transit(self, generator: str, operator: str) -> tuple[str, ...]:
        """Chongqing and Yunnan share no border: through Guizhou."""
        return ("520000",) if {generator[2:4], operator[2:4]} == {"CQ", "YN"} else ()

    def filed(
        self, *, now: datetime, route: str = "fast_track", generator: str = "G-CQ1", **draft: object
    ) -> Application:
        """A filed application, by default Dazu's 120 t of circuit boards to Suining on the list."""
        made = self.draft(generator=generator, now=now, **draft)
        return submit(application_id=made.pk, by=self.filer_of(generator), now=now, seen_route=route)


_kept: dict[str, tuple[Snapshot, DemoParties]] = {}


def demo_world() -> World:
    """Reference data, calendar, limits, parties and the lists of 2021 and 2026 in the present, empty database."""
    if "world" in _kept:
        snapshot, parties = _kept["world"]
        with transaction.atomic():
            put_back(snapshot)
        return World(parties)
    load_reference()
    call_command("load_calendar", verbosity=0)
    load_limits(path=FIXTURES / "limits" / "stage_limits.csv")
    parties = load_demo_parties(path=FIXTURES / "demo", password="example-only")
    load_demo_lists(path=FIXTURES / "demo", enterprises=parties.enterprises)
    _kept["world"] = (take(), parties)
    return World(parties)
