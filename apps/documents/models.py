"""What was rendered, byte for byte, and the codes by which a paper is checked."""

from django.db import models
from django.db.models import Q

from apps.transfers.models import Paper


class CheckCode(models.Model):
    """The unguessable code printed on a paper; it leads to the public page (never changes: a trigger sees to it)."""

    paper = models.OneToOneField(Paper, models.PROTECT, related_name="check_code", verbose_name="文书")
    code = models.CharField("校验码", max_length=16, unique=True)
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = verbose_name_plural = "校验码"

    def __str__(self) -> str:
        return self.code


class Rendering(models.Model):
    """One PDF of a paper: what a layout made of it under one mark (plain, 作废, 已更正). Append-only by trigger.

    ``typeset_sha256`` is of what typst made, ``sha256`` of what is served: they differ once a seal was applied.
    ``engine`` names typesetter and fonts; only what the same engine made has to come out the same again.
    """

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="renderings", verbose_name="文书")
    layout = models.CharField("版式", max_length=20)
    mark = models.CharField("标记", max_length=120, blank=True, help_text="作废或者已更正；空为正本")
    check_address = models.CharField("核验地址", max_length=200)
    engine = models.CharField("排印程序", max_length=60)
    pdf = models.BinaryField("PDF")
    pages = models.PositiveSmallIntegerField("页数")
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    typeset_sha256 = models.CharField("签章前 SHA-256", max_length=64)
    seal = models.CharField("签章", max_length=60)
    rendered_at = models.DateTimeField("排印时间")

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "文书排印件"
        constraints = [
            models.UniqueConstraint(fields=["paper", "layout", "mark"], name="rendering_once"),
            models.CheckConstraint(condition=Q(size__gt=0, pages__gt=0), name="rendering_is_not_empty"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$", typeset_sha256__regex=r"^[0-9a-f]{64}$"),
                name="rendering_has_digests",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.layout} {self.mark}"
