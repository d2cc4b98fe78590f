"""Cases for which papers are frozen in tests: rows as an act leaves them, without running the act."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from apps.catalogue.enums import PaperKind
from apps.deadlines.workdays import ZONE
from apps.organisations.enums import BureauLevel
from apps.organisations.models import Bureau
from apps.transfers.enums import AcceptanceKind
from apps.transfers.models import Application, Item, Paper
from apps.transfers.services.papers import PaperOrder, freeze_papers
from apps.whitelists.models import Edition, WhitelistEntry
from tests.catalogue.factories import province
from tests.organisations.factories import BureauFactory, EnterpriseFactory, PermitFactory, UserFactory

MONDAY = date(2026, 1, 5)


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def provincial(short: str) -> Bureau:
    return BureauFactory(province=province(short), level=BureauLevel.PROVINCIAL)


class Case:
    """A case from Dazu (Chongqing) to Suining (Sichuan) with 120 t of 900-045-49, unless told otherwise."""

    def __init__(self, *, origin="CQ", destination="SC", route="fast_track", mode="joint", day=MONDAY, **fields):
        self.day, self.origin, self.destination = day, provincial(origin), provincial(destination)
        generator = EnterpriseFactory(province=province(origin), collector=fields.pop("collector", False))
        operator = EnterpriseFactory(province=province(destination), operator=True)
        PermitFactory(enterprise=operator)
        edition = entry = None
        if route != "general":
            edition = Edition.objects.create(
                name=f"{day.year}年度示例名单{origin}{destination}",
                origin=province(origin),
                destination=province(destination),
                begins_on=date(day.year, 1, 1),
                ends_on=date(day.year, 12, 31),
                status="confirmed",
                consent_mode=mode,
                origin_letter_no="渝环函〔2025〕901号",
                destination_letter_no="川环函〔2025〕902号",
                confirmed_at=at(day),
            )
            entry = WhitelistEntry.objects.create(
                edition=edition,
                number="07",
                operator=operator,
                waste_codes=["900-045-49"],
                method="R4",
                quota_t=Decimal(3000),
            )
        self.entry = entry
        self.application = Application.objects.create(
            state="origin_review",
            number=f"{day.year}-50-51-{Application.objects.count():05d}",
            route=route,
            round=1,
            generator=generator,
            operator=operator,
            origin=province(origin),
            destination=province(destination),
            edition=edition,
            consent_mode=mode if edition else "",
            requested_from=day,
            requested_until=date(day.year, 12, 31),
            created_by=UserFactory(),
            created_at=at(day),
            changed_at=at(day),
            submitted_at=at(day),
            received_on=day,
            accepted_on=day,
            accepted_how=AcceptanceKind.IMPLIED,
            **fields,
        )
        self.item = Item.objects.create(
            application=self.application,
            position=1,
            waste_code="900-045-49",
            waste_name="废弃电路板",
            form="solid",
            packaging="吨袋",
            method="R4",
            amount_t=Decimal(120),
            entry=entry,
        )

    def freeze(self, *orders, on=None, hour=10):
        """Each order is a kind, its bureau (origin or destination) and its details."""
        papers = [
            PaperOrder(kind, getattr(self, side), details, corrects=self._mended(kind))
            for kind, side, details in orders
        ]
        with transaction.atomic():
            return freeze_papers(application=self.application, orders=papers, now=at(on or self.day, hour))

    def _mended(self, kind):
        """An erratum corrects something: the latest paper of the case, made for it if there is none."""
        if kind not in {PaperKind.ERRATUM, PaperKind.LETTER_ERRATUM}:
            return None
        return Paper.objects.filter(application=self.application).last() or self.one(PaperKind.APPROVAL)

    def one(self, kind, side="origin", on=None, **details):
        return self.freeze((kind, side, details), on=on)[0]


def words(paper: Paper) -> str:
    """Everything that the paper says, as one text."""
    parts = [paper.title, paper.addressee, *paper.copies]
    for block in paper.content:
        parts += [block.get("text", ""), *block.get("items", []), block.get("bureau", ""), block.get("date", "")]
        for row in [*block.get("rows", []), block.get("total", [])]:
            parts += row
    return "\n".join(parts)
