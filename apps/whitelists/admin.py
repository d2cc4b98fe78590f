"""Read-only: lists change through services."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.whitelists.models import Bar, Edition, QuotaMovement, WhitelistEntry


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["name", "status", "consent_mode", "begins_on", "ends_on"]
    list_filter = ["status", "origin", "destination"]


@admin.register(WhitelistEntry)
class WhitelistEntryAdmin(ReadOnlyAdmin):
    list_display = ["edition", "number", "operator", "wastes", "method", "quota_t", "held_t", "used_t"]
    list_select_related = ["edition", "operator"]


@admin.register(QuotaMovement)
class QuotaMovementAdmin(ReadOnlyAdmin):
    list_display = ["entry", "kind", "reference", "round", "amount_t", "occurred_at"]
    list_select_related = ["entry__edition"]


@admin.register(Bar)
class BarAdmin(ReadOnlyAdmin):
    list_display = ["document_no", "edition", "entry", "operator", "waste_code", "from_on", "lifted_on"]
