"""Changes of the calendar: prepared, ordered, carried out; kept as its log."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GUARD = """
CREATE FUNCTION deadlines_guard_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['status', 'ordered_at', 'touched_at', 'finished_at', 'total', 'done', 'moved', 'refusal'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.finished_at IS NULL AND to_jsonb(NEW) - moving = to_jsonb(OLD) - moving THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '年历变更只能追加：除进展外不能修改，结束后不能改动，也不能删除。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER calendar_change_append_only BEFORE UPDATE OR DELETE ON deadlines_calendarchange
    FOR EACH ROW EXECUTE FUNCTION deadlines_guard_change();
"""
NO_GUARD = """
DROP TRIGGER calendar_change_append_only ON deadlines_calendarchange;
DROP FUNCTION deadlines_guard_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("deadlines", "0003_keep_ladders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("year", "载入年历"), ("day", "调整一天")], max_length=4, verbose_name="类别"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("day", models.DateField(blank=True, null=True, verbose_name="日期")),
                ("rows", models.JSONField(verbose_name="新的放假与调休")),
                ("before", models.JSONField(blank=True, null=True, verbose_name="原来的放假与调休")),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("summary", models.CharField(max_length=200, verbose_name="内容")),
                ("calendar", models.CharField(max_length=32, verbose_name="所见年历")),
                ("by_name", models.CharField(max_length=60, verbose_name="操作人姓名")),
                ("prepared_at", models.DateTimeField(verbose_name="提出时间")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("prepared", "待确认"),
                            ("waiting", "等待执行"),
                            ("running", "正在执行"),
                            ("done", "已执行"),
                            ("refused", "未执行"),
                        ],
                        default="prepared",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("ordered_at", models.DateTimeField(blank=True, null=True, verbose_name="确认时间")),
                ("touched_at", models.DateTimeField(blank=True, null=True, verbose_name="进展时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="须推算的时限")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="已推算的时限")),
                ("moved", models.PositiveIntegerField(default=0, verbose_name="变更的时限")),
                ("refusal", models.CharField(blank=True, max_length=200, verbose_name="未执行的原因")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
            ],
            options={
                "verbose_name": "年历变更",
                "verbose_name_plural": "年历变更",
                "ordering": ("-pk",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ("waiting", "running"))),
                        fields=["id"],
                        name="calendar_change_pending",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["year", "day"]),
                            ("status__in", ["prepared", "waiting", "running", "done", "refused"]),
                        ),
                        name="calendar_change_words",
                        violation_error_message="年历变更的类别或状态不在规定的范围内。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("day__isnull", True), ("kind", "year")),
                            models.Q(("day__year", models.F("year")), ("kind", "day")),
                            _connector="OR",
                        ),
                        name="calendar_change_names_its_day",
                        violation_error_message="调整一天须写明这一年的日期，载入年历则没有。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("summary", ""), _negated=True)
                        ),
                        name="calendar_change_has_reason",
                        violation_error_message="年历变更须写明内容和理由。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", False), ("status__in", ("done", "refused"))),
                            models.Q(
                                models.Q(("status__in", ("done", "refused")), _negated=True),
                                ("finished_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="calendar_change_ends_once",
                        violation_error_message="已结束的年历变更须有结束时间，未结束的没有。",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
