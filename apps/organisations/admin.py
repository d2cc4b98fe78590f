"""Accounts, appointments and registers. Statuses and capacity change through services only and are read here."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError

from apps.organisations.errors import OrganisationError
from apps.organisations.models import (
    Bureau,
    CapacityMovement,
    Enterprise,
    ManagementPlan,
    ManagementPlanLine,
    Membership,
    Permit,
    PermitLine,
    PermitStatusChange,
    PermitYear,
    User,
)
from apps.organisations.rules import check_uscc

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    ModelAdmin = admin.ModelAdmin[Model]
    TabularInline = admin.TabularInline[Model, Model]
    ModelForm = forms.ModelForm[Model]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
    ModelForm = forms.ModelForm

# Rights follow from memberships (models.User): groups would be a second, silent source of them.
admin.site.unregister(Group)


class ReadOnly:
    """Nobody adds, changes or deletes here."""

    def has_add_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False

    def has_delete_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False


class Kept:
    """Parties may be named on papers: they are added and changed, never deleted."""

    def has_delete_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False


class MembershipInline(Kept, TabularInline):
    """A membership ends by its last day. Nobody appoints themselves."""

    model = Membership
    extra = 0
    autocomplete_fields = ("enterprise", "bureau")

    def has_add_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return super().has_add_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def has_change_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.pk != request.user.pk)


@admin.register(User)
class UserAdmin(Kept, DjangoUserAdmin):
    """People. An account comes by invitation, its password by its owner, its end with a reason (web:accounts)."""

    list_display = ("username", "display_name", "phone", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "memberships__role")
    search_fields = ("username", "display_name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "is_staff", "is_active")
    fieldsets = (
        (None, {"fields": ("username",)}),
        ("人员", {"fields": ("display_name", "phone", "email")}),
        ("账号", {"fields": ("is_active", "is_staff", "last_login", "date_joined")}),
    )
    inlines = (MembershipInline,)

    def has_add_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False

    def user_change_password(self, request: "HttpRequest", id: str, form_url: str = "") -> "HttpResponse":
        raise PermissionDenied


@admin.register(Membership)
class MembershipAdmin(Kept, ModelAdmin):
    """Who acts for whom, from when until when. Nobody appoints themselves."""

    list_display = ("user", "role", "enterprise", "bureau", "valid_from", "valid_until")
    list_filter = ("role",)
    list_select_related = ("user", "enterprise", "bureau")
    search_fields = ("user__username", "user__display_name")
    autocomplete_fields = ("user", "enterprise", "bureau")

    def has_change_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        is_own = isinstance(obj, Membership) and obj.user_id == request.user.pk
        return super().has_change_permission(request, obj) and not is_own

    def formfield_for_foreignkey(self, db_field: Any, request: "HttpRequest", **options: Any) -> Any:
        if db_field.name == "user":
            options["queryset"] = User.objects.exclude(pk=request.user.pk or 0)
        return super().formfield_for_foreignkey(db_field, request, **options)


class EnterpriseForm(ModelForm):
    """Holds the USCC to the same rule as the service does."""

    def clean_uscc(self) -> str:
        """Bring the code to its normal form or say what is wrong with it."""
        try:
            return check_uscc(self.cleaned_data["uscc"])
        except OrganisationError as refusal:
            raise ValidationError(refusal.sentence, code=refusal.code) from None

    def clean(self) -> dict[str, Any] | None:
        """Refuse a division outside the province."""
        division, province = self.cleaned_data.get("division"), self.cleaned_data.get("province")
        if division and province and division.pk[:2] != province.digits:
            raise ValidationError(f"{division}不在{province}。", code="division.other_province")
        return super().clean()


@admin.register(Enterprise)
class EnterpriseAdmin(Kept, ModelAdmin):
    """Generators and operators."""

    form = EnterpriseForm
    list_display = ("name", "uscc", "province", "is_operator", "generator_kind")
    list_filter = ("province", "is_operator", "generator_kind")
    list_select_related = ("province__division",)
    search_fields = ("name", "uscc")
    autocomplete_fields = ("division",)


@admin.register(Bureau)
class BureauAdmin(Kept, ModelAdmin):
    """Provincial and local bureaus."""

    list_display = ("name", "level", "province", "abbreviation", "contact_name", "contact_phone")
    list_filter = ("level", "province")
    list_select_related = ("province__division",)
    search_fields = ("name",)
    autocomplete_fields = ("division",)


class PermitLineInline(Kept, TabularInline):
    """What a permit allows; fixed once registered, because the year's limit was reckoned from it."""

    model = PermitLine
    extra = 1

    def has_change_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return obj is None

    def has_add_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return obj is None


class PermitStatusChangeInline(ReadOnly, TabularInline):
    """The documents behind the status."""

    model = PermitStatusChange


@admin.register(Permit)
class PermitAdmin(Kept, ModelAdmin):
    """Permits by term; an amended permit is another term, the status changes by a document."""

    list_display = ("number", "enterprise", "kind", "valid_from", "valid_until", "status")
    list_filter = ("status", "kind")
    list_select_related = ("enterprise",)
    search_fields = ("number", "enterprise__name")
    autocomplete_fields = ("enterprise",)
    readonly_fields = ("status",)
    inlines = (PermitLineInline, PermitStatusChangeInline)


class ManagementPlanLineInline(TabularInline):
    """Tonnes by code."""

    model = ManagementPlanLine
    extra = 1


@admin.register(ManagementPlan)
class ManagementPlanAdmin(Kept, ModelAdmin):
    """Yearly plans."""

    list_display = ("enterprise", "year")
    list_filter = ("year",)
    list_select_related = ("enterprise",)
    search_fields = ("enterprise__name",)
    autocomplete_fields = ("enterprise",)
    inlines = (ManagementPlanLineInline,)


@admin.register(PermitStatusChange)
class PermitStatusChangeAdmin(ReadOnly, ModelAdmin):
    """Append-only."""

    list_display = ("permit", "status", "document_no", "effective_on", "recorded_at", "recorded_by")
    list_select_related = ("permit", "recorded_by")


@admin.register(PermitYear)
class PermitYearAdmin(ReadOnly, ModelAdmin):
    """How much of a permit's year is spoken for."""

    list_display = ("permit", "year", "limit_t", "limit_is_stated", "approved_t", "restored_t", "taken_t")
    list_filter = ("year",)
    list_select_related = ("permit",)


@admin.register(CapacityMovement)
class CapacityMovementAdmin(ReadOnly, ModelAdmin):
    """Append-only."""

    list_display = ("permit_year", "kind", "reference", "round", "amount_t", "occurred_at")
    list_select_related = ("permit_year__permit",)
    search_fields = ("reference",)
