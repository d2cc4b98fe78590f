"""Reference data to look at; only what a province or the law may change by itself is edited here."""

from typing import TYPE_CHECKING

from django.contrib import admin

from apps.catalogue.models import (
    CatalogueEdition,
    DisposalMethod,
    Division,
    Exemption,
    LawPeriod,
    PaperLaw,
    Province,
    RequiredMaterial,
    TransportDepartment,
    WasteCategory,
    WasteCode,
)

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin


class ImportedAdmin(ModelAdmin):
    """Rows that only a file changes (load_reference, import_catalogue)."""

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False

    def has_delete_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False


@admin.register(Division)
class DivisionAdmin(ImportedAdmin):
    """Divisions with their seats."""

    list_display = ("code", "name", "level", "parent")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("code", "name")


@admin.register(CatalogueEdition)
class CatalogueEditionAdmin(ImportedAdmin):
    """Editions; another one comes by the command import_catalogue."""

    list_display = ("name", "valid_from", "valid_until")


@admin.register(WasteCategory)
class WasteCategoryAdmin(ImportedAdmin):
    """Categories."""

    list_display = ("code", "name")


@admin.register(WasteCode)
class WasteCodeAdmin(ImportedAdmin):
    """Codes of every edition."""

    list_display = ("code", "category", "industry", "hazard_properties", "edition")
    list_filter = ("edition", "category")
    list_select_related = ("category", "edition")
    search_fields = ("code", "description")


@admin.register(Exemption)
class ExemptionAdmin(ImportedAdmin):
    """The exemption list."""

    list_display = ("number", "category_or_code", "stage", "condition")
    list_filter = ("edition", "stage")
    search_fields = ("category_or_code", "waste")


@admin.register(DisposalMethod)
class DisposalMethodAdmin(ImportedAdmin):
    """Ways of using and disposing."""

    list_display = ("code", "group", "name")


@admin.register(PaperLaw)
class PaperLawAdmin(ImportedAdmin):
    """Articles by kind of paper."""

    list_display = ("kind", "situation", "measures_articles", "licence_articles")


@admin.register(Province)
class ProvinceAdmin(ModelAdmin):
    """What a province may set for itself."""

    list_display = ("__str__", "short", "abbreviation", "is_participating", "local_opinion_required")
    list_select_related = ("division",)
    filter_horizontal = ("neighbours",)
    autocomplete_fields = ("division",)

    def get_readonly_fields(self, request: "HttpRequest", obj: "Model | None" = None) -> tuple[str, ...]:
        return ("division", "short", "abbreviation") if obj else ()

    def has_delete_permission(self, request: "HttpRequest", obj: "Model | None" = None) -> bool:
        return False


@admin.register(TransportDepartment)
class TransportDepartmentAdmin(ModelAdmin):
    """Names by date: a renamed department is a new row, the old one gets its last day."""

    list_display = ("name", "province", "valid_from", "valid_until")
    list_select_related = ("province__division",)


@admin.register(RequiredMaterial)
class RequiredMaterialAdmin(ModelAdmin):
    """Materials everywhere and those that an origin adds."""

    list_display = ("name", "code", "province", "only_identified_waste", "position")
    list_select_related = ("province__division",)


@admin.register(LawPeriod)
class LawPeriodAdmin(ModelAdmin):
    """Which law a paper of a day cites."""

    list_display = ("key", "valid_from", "valid_until", "upper_law", "measures_short")
