"""Signs of life: beat's when it sent a message, a worker's when it finished a task.

A message that beat sent and a worker finished proves the whole way there; nothing has to be asked of a process.
"""

from dataclasses import dataclass

from django.db import connection

BEAT, WORKER = "beat", "worker"
# Written at most so often: the system has several tasks a minute.
BEATS_EVERY_S = 10
BEAT_ONCE = """
    INSERT INTO operations_heartbeat AS known (name, beaten_at, waited_s)
    VALUES (%s, statement_timestamp(), %s)
    ON CONFLICT (name) DO UPDATE SET beaten_at = excluded.beaten_at, waited_s = excluded.waited_s
    WHERE known.beaten_at < excluded.beaten_at - make_interval(secs => %s)
"""
READ = """
    SELECT name, extract(epoch FROM statement_timestamp() - beaten_at)::float, waited_s FROM operations_heartbeat
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """How long ago, and how long the last message had waited; both in seconds."""

    age_s: float
    waited_s: float


def beat_once(name: str, *, waited_s: float = 0) -> None:
    """Note that a process of this kind lives."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT_ONCE, [name, waited_s, BEATS_EVERY_S])


def signs() -> dict[str, Sign]:
    """The last sign of each kind that ever gave one."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return {name: Sign(age, waited) for name, age, waited in cursor.fetchall()}
