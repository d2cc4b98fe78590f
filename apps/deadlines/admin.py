"""Calendar, ladders and clocks to look at; changes go through the services."""

from django.contrib import admin

from apps.deadlines.models import CalendarDay, CalendarYear, ClockStop, Deadline, DeadlineEvent, LadderRung


class ReadOnly:
    """Nobody adds, changes or deletes here."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class DaysInline(ReadOnly, admin.TabularInline):
    """The days of a year."""

    model = CalendarDay


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadOnly, admin.ModelAdmin):
    """Which years are known, and from which notice."""

    list_display = ("year", "source", "loaded_at")
    inlines = (DaysInline,)


@admin.register(LadderRung)
class LadderRungAdmin(ReadOnly, admin.ModelAdmin):
    """The ladders as loaded."""

    list_display = ("ladder", "code", "anchor", "working_days", "at_time", "kind", "addressee")
    list_filter = ("ladder", "kind")


class StopsInline(ReadOnly, admin.TabularInline):
    """When the clock stood still."""

    model = ClockStop


class EventsInline(ReadOnly, admin.TabularInline):
    """The clock's log."""

    model = DeadlineEvent


@admin.register(Deadline)
class DeadlineAdmin(ReadOnly, admin.ModelAdmin):
    """Every clock, running or not."""

    list_display = ("reference", "kind", "sequence", "status", "started_on", "days", "due_at", "next_at", "breached_at")
    list_filter = ("status", "kind", "is_provisional")
    search_fields = ("reference",)
    show_full_result_count = False
    inlines = (StopsInline, EventsInline)
