"""Files on their way in and out: with scripts one by one while the page stands, without with the form they are in."""

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.catalogue.models import RequiredMaterial
from apps.catalogue.rules import is_identified_unlisted
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Attachment
from apps.transfers.permissions import is_filer
from apps.transfers.services.attaching import attach, detach
from apps.transfers.services.supplementing import attach_to_answer, detach_from_answer
from apps.web.cases import attachments_of, visible_case
from apps.web.inputs import is_key
from apps.web.moment import now_of, user_of
from apps.web.refusing import not_allowed, status_of

FIELD = "file_"
OF_SUPPLEMENT = "supplement-"


@login_required
@require_POST
def files(request: HttpRequest, pk: int) -> HttpResponse:
    """Take files in, or one out, for one slot of the page; answers with that slot's list and what was refused."""
    application = visible_case(request, pk)
    if not is_filer(application, user_of(request)):
        return not_allowed(request, NotAllowed("修改"))
    slot = request.POST.get("slot", "")
    if request.POST.get("remove"):
        refusals = take_out(request, application, request.POST["remove"])
    else:
        refusals = _into(request, application, slot, request.FILES.getlist("files"))
        if not refusals and not request.FILES:
            refusals = [Refused("file.none", "没有收到文件，请重新选择。", field="file")]
    context = {
        "key": slot,
        "files": _files_of(application, slot),
        "file_refusals": refusals,
        "is_optional": slot.startswith(OF_SUPPLEMENT),
    }
    status = status_of(refusals[0]) if refusals else 200
    return render(request, "web/enterprise/parts/files.html", context, status=status)


def take_in(request: HttpRequest, application: Application) -> list[Refused]:
    """Every file that a form brought along, by slot; what was refused of them. Raises NotFound."""
    refusals = []
    for name, contents in request.FILES.lists():
        if name.startswith(FIELD):
            refusals += _into(request, application, name.removeprefix(FIELD), contents)
    return refusals


def take_out(request: HttpRequest, application: Application, key: str) -> list[Refused]:
    """One file, by its key; the refusal when it could not be. Http404 for what is not theirs."""
    file = application.attachments.filter(pk=int(key)).first() if is_key(key) else None
    if file is None:
        raise Http404
    verb = detach if file.supplement_id is None else detach_from_answer
    try:
        verb(application_id=application.pk, attachment_id=file.pk, by=user_of(request), now=now_of(request))
    except NotFound as error:
        raise Http404 from error
    except Refused as refused:
        return [refused]
    return []


def _into(request: HttpRequest, application: Application, slot: str, contents: Iterable[object]) -> list[Refused]:
    refusals = []
    for content in contents:
        if not isinstance(content, UploadedFile):
            continue
        try:
            _take(request, application, slot, content)
        except NotFound as error:
            raise Http404 from error
        except Refused as refused:
            refusals.append(refused)
    return refusals


def _take(request: HttpRequest, application: Application, slot: str, content: UploadedFile) -> Attachment:
    by, now, name = user_of(request), now_of(request), content.name or ""
    question = slot.removeprefix(OF_SUPPLEMENT)
    if question == slot:
        return attach(application_id=application.pk, by=by, now=now, material=slot, name=name, content=content)
    if not is_key(question):
        raise NotFound
    return attach_to_answer(
        application_id=application.pk, supplement_id=int(question), by=by, now=now, name=name, content=content
    )


def _files_of(application: Application, slot: str) -> list[Attachment]:
    there = application.attachments.filter(removed_at__isnull=True)
    question = slot.removeprefix(OF_SUPPLEMENT)
    if question == slot:
        return list(there.filter(material=slot, supplement__isnull=True))
    return list(there.filter(supplement=int(question))) if is_key(question) else []


def materials_of(application: Application) -> list[tuple[RequiredMaterial, list[Attachment]]]:
    """The materials that the application needs or has, each with its files."""
    codes = application.items.values_list("waste_code", flat=True)
    identified = any(is_identified_unlisted(code) for code in codes)
    there = attachments_of(application)
    needed = RequiredMaterial.objects.filter(Q(province__isnull=True) | Q(province=application.origin_id))
    return [
        (material, files)
        for material in needed.order_by("position", "code")
        if (files := [file for file in there if file.material == material.code])
        or identified
        or not material.only_identified_waste
    ]
