from apps.transfers.models.application import Application
from apps.transfers.models.items import Attachment, Item, QuotaClaim
from apps.transfers.models.log import LogRow
from apps.transfers.models.notes import BureauNote, CaseHandler
from apps.transfers.models.papers import Delivery, NumberCounter, Paper, PaperCounter
from apps.transfers.models.records import (
    CorrectionPoint,
    LocalOpinion,
    Pause,
    Reply,
    ReviewSuspension,
    Shipment,
)
from apps.transfers.models.reductions import ReductionRequest
from apps.transfers.models.settings import StageLimit, Terms
from apps.transfers.models.signing import Preparation, SigningStep, SignoffChain
from apps.transfers.models.supplements import Supplement
from apps.transfers.models.watches import QuotaAlert, QuotaWatch

__all__ = [
    "Application",
    "Attachment",
    "BureauNote",
    "CaseHandler",
    "CorrectionPoint",
    "Delivery",
    "Item",
    "LocalOpinion",
    "LogRow",
    "NumberCounter",
    "Paper",
    "PaperCounter",
    "Pause",
    "Preparation",
    "QuotaAlert",
    "QuotaClaim",
    "QuotaWatch",
    "ReductionRequest",
    "Reply",
    "ReviewSuspension",
    "Shipment",
    "SigningStep",
    "SignoffChain",
    "StageLimit",
    "Supplement",
    "Terms",
]
