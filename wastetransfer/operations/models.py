"""The last sign of life of each kind of process; in the database, so that any queue will do."""

from django.db import models


class Heartbeat(models.Model):
    """By the database's own clock. ``waited_s``: how long the last message had waited for a worker, in seconds."""

    name = models.CharField("进程", max_length=16, primary_key=True)
    beaten_at = models.DateTimeField("时刻")
    waited_s = models.FloatField("消息等待（秒）", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "心跳"

    def __str__(self) -> str:
        return self.name
