"""The thread of questions and answers of a case, the same for both sides."""

from dataclasses import dataclass

from apps.transfers.models import Application, Attachment, Supplement


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with its answer and the files of it; ``slot`` is where its files come in."""

    supplement: Supplement
    files: list[Attachment]

    @property
    def slot(self) -> str:
        return f"supplement-{self.supplement.pk}"

    @property
    def key(self) -> str:
        return str(self.supplement.pk)


def thread_of(application: Application) -> list[Exchange]:
    """Oldest first; two queries."""
    asked = application.supplements.select_related("bureau", "asked_by", "answered_by").order_by("position")
    files = list(application.attachments.filter(supplement__isnull=False, removed_at__isnull=True).order_by("pk"))
    return [Exchange(one, [file for file in files if file.supplement_id == one.pk]) for one in asked]
