"""Coming in by an invitation."""

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.organisations.enums import SecondStep
from apps.organisations.errors import AccountRefused, OrganisationError
from apps.organisations.services.accounts import join as join_service
from apps.organisations.services.accounts.inviting import invitation_behind
from apps.web.account.entering import let_in, true_now
from apps.web.account.forms import NewPassword
from apps.web.account.origin import origin_of
from apps.web.account.signing_in import GET_OR_POST
from apps.web.rendering import page

GONE, UNPROCESSABLE = 410, 422


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(GET_OR_POST)
def join(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The invited choose their password and are in; whoever must enrols next."""
    try:
        invitation = invitation_behind(invitation_id=pk, token=token, now=true_now())
    except AccountRefused:
        return page(request, "web/account/void_link.html", {"what": "invitation"}, status=GONE)
    form = NewPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = join_service(
                invitation_id=pk,
                token=token,
                password=form.cleaned_data["password1"],
                now=true_now(),
                origin=origin_of(request),
            )
        except ValidationError as refused:
            form.refuse_password(refused)
        except OrganisationError as refused:
            form.add_error(None, ValidationError(refused.sentence, code=refused.code))
        else:
            # Whoever was signed in in this browser is not the one who comes in.
            logout(request)
            return let_in(request, user, second_step=SecondStep.NONE, typed=user.username, goes_to="")
    status = UNPROCESSABLE if form.errors else 200
    return page(request, "web/account/join.html", {"form": form, "invitation": invitation}, status=status)
