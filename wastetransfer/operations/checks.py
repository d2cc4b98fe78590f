"""Whether the system as a whole can keep its promise: the parts of `/health/ready`, each with a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import kombu.exceptions
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from apps.deadlines.services import read_now
from apps.deadlines.services.cover import calendar_cover
from apps.notifications.services.backlog import oldest_undelivered
from wastetransfer.operations.heartbeats import BEAT, WORKER, Sign, signs

# Beat sends something every minute; two lost ones are no alarm.
SILENT_AFTER_S = 180
UNTOLD_AFTER = timedelta(minutes=15)
QUEUE_ANSWERS_WITHIN = 2


class Standing(StrEnum):
    """`degraded`: people should look, the system works on; `down`: deadlines or people are not served."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Check:
    """How one part stands, and why in a sentence for whoever is called at night."""

    standing: Standing
    sentence: str


def all_checks() -> Mapping[str, Check]:
    """Every part, in the order of the causes: without a database nothing else can be asked."""
    checks = {"database": database(), "queue": queue()}
    if checks["database"].standing == Standing.DOWN:
        return checks
    for name, check in LATER.items():
        try:
            checks[name] = check()
        except (DatabaseError, InterfaceError) as error:
            checks[name] = Check(Standing.DOWN, f"无法查询：{_first_line(error)}")
    return checks


def worst(checks: Mapping[str, Check]) -> Standing:
    """How the whole stands."""
    standings = {check.standing for check in checks.values()}
    return next((one for one in (Standing.DOWN, Standing.DEGRADED) if one in standings), Standing.OK)


def database() -> Check:
    """Whether it answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        return Check(Standing.DOWN, f"数据库不可用：{_first_line(error)}")
    return Check(Standing.OK, "数据库应答正常。")


def queue() -> Check:
    """Whether the broker answers."""
    try:
        waiting = queue_length()
    except (OSError, kombu.exceptions.KombuError) as error:
        return Check(Standing.DOWN, f"消息队列不可用：{_first_line(error)}")
    return Check(Standing.OK, f"消息队列应答正常，{waiting} 条待取。")


def queue_length() -> int:
    """Messages that no worker has taken. Raises OSError or KombuError when the broker doesn't answer."""
    with current_app.connection_for_read(connect_timeout=QUEUE_ANSWERS_WITHIN) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=QUEUE_ANSWERS_WITHIN)
        channel: Any = broker.default_channel
        return int(channel.queue_declare(queue=current_app.conf.task_default_queue, durable=True).message_count)


def heartbeat(who: str, sign: Sign | None) -> Check:
    """Whether the last sign of life is fresh."""
    if sign is None:
        return Check(Standing.DOWN, f"{who}从未运行。")
    if sign.age_s > SILENT_AFTER_S:
        return Check(Standing.DOWN, f"{who}已有 {sign.age_s:.0f} 秒没有动静：请查看其日志并重新启动。")
    return Check(Standing.OK, f"{who}{sign.age_s:.0f} 秒前正常。")


def worker() -> Check:
    """Whether a worker lately finished a task."""
    return heartbeat("后台任务进程（worker）", signs().get(WORKER))


def beat() -> Check:
    """Whether beat lately sent a message."""
    return heartbeat("定时进程（beat）", signs().get(BEAT))


def undelivered() -> Check:
    """Whether people are told in time."""
    waiting = oldest_undelivered(now=read_now())
    if waiting is None or waiting <= UNTOLD_AFTER:
        return Check(Standing.OK, "消息均已送出。")
    return Check(Standing.DEGRADED, f"最早一条消息已等待 {waiting.total_seconds() / 60:.0f} 分钟：请查看邮件服务器。")


def calendar() -> Check:
    """Whether every open deadline lies in a year whose notice is loaded."""
    sentence = calendar_cover(now=read_now()).sentence
    return Check(Standing.DEGRADED if sentence else Standing.OK, sentence or "年历覆盖全部未结时限。")


def sentences_for(checks: Mapping[str, Check], *, is_known: bool) -> dict[str, object]:
    """What the answer says: to strangers the one word, to those with the token every part."""
    answer: dict[str, object] = {"status": worst(checks)}
    if is_known or settings.OPERATIONS_OPEN:
        answer["checks"] = {
            name: {"status": check.standing, "sentence": check.sentence} for name, check in checks.items()
        }
    return answer


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


LATER: Mapping[str, Callable[[], Check]] = {
    "worker": worker,
    "beat": beat,
    "undelivered": undelivered,
    "calendar": calendar,
}
