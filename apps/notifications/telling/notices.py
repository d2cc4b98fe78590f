"""A row of a log as it is told: to which posts, in which words."""

from dataclasses import dataclass, field
from datetime import datetime

from apps.notifications.enums import MessageKind, Source, Subject


@dataclass(frozen=True, slots=True)
class Post:
    """People by what they are: of a bureau or of an enterprise, in one of the roles.

    With ``case_id`` whoever of the bureau has taken the case on is meant; everybody in the role when nobody has.
    ``people`` are meant by name, whatever they are: those of whom a log row says that they were told.
    """

    roles: frozenset[str] = frozenset()
    bureau_id: int | None = None
    enterprise_id: int | None = None
    case_id: int | None = None
    people: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """What people at one post are told. Whoever stands at several hears the first that names them."""

    post: Post
    kind: MessageKind
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of a log. ``actor_id`` knows already what they did."""

    source: Source
    source_id: int
    occurred_at: datetime
    subject: Subject = Subject.NONE
    subject_id: int | None = None
    number: str = ""
    actor_id: int | None = None
    notices: tuple[Notice, ...] = field(default=())
