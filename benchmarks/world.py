"""The specimens: a few of everything, made by the system's own loaders and services at their own moments.

One sending and one receiving enterprise in each province, a list for every ordered pair and year, and on each pair
one case of every kind. What is measured runs on copies of these (``copying``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from stdnum.cn import uscc

from apps.catalogue.models import Division
from apps.organisations.enums import GeneratorKind, PermitKind, Role
from apps.organisations.models import Enterprise, User
from apps.organisations.services.demo_parties import DemoParties, load_demo_parties
from apps.organisations.services.parties import LineInput, register_enterprise, register_permit, register_plan
from apps.organisations.services.people import appoint
from apps.transfers.demo.stage import Script, Stage, Wish, drafted, filed, moment, play
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import Point, endorse, reject, request_correction
from apps.whitelists.enums import ConsentMode
from apps.whitelists.services.editions import enter_agreed_list
from apps.whitelists.services.lines import LineForm

# Every run happens at this moment, whatever the day: the clock of its database is shifted to it.
NOW = moment(date(2026, 6, 10), "10:00")
SHORTS = ("CQ", "SC", "GZ", "YN")
PAIRS = tuple(permutations(SHORTS, 2))
YEARS = range(2022, 2027)
CODE, METHOD = "900-045-49", "R4"
ASKED_T = Decimal("1.2500")
# So much that nobody ever waits for tonnes: contention is measured by its own figure.
AMPLE_T = Decimal(100_000_000)
PASSWORD = "example-only"  # noqa: S105 - of fictional people in a database that lives as long as a measurement
FILER_NAME = "申报员"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plot:
    """One kind of case: filed on a day, then acts so many days later."""

    filed_on: date
    acts: tuple[tuple[int, str], ...] = ()
    is_open: bool = False


PAST = (
    *(Plot(date(year, 3, 7), ((1, "endorse"), (2, "consent"))) for year in range(2022, 2026)),
    Plot(date(2025, 9, 8), ((2, "reject"),)),
    Plot(date(2026, 3, 9), ((1, "endorse"), (2, "consent"))),
)
OPEN = (
    Plot(date(2026, 5, 27), (), is_open=True),  # late: supervised
    Plot(date(2026, 6, 3), ((2, "correct"),), is_open=True),
    Plot(date(2026, 6, 4), ((4, "endorse"),), is_open=True),
    Plot(date(2026, 6, 5), (), is_open=True),
    Plot(date(2026, 6, 8), ((1, "endorse"),), is_open=True),
    Plot(date(2026, 6, 9), (), is_open=True),
)
DRAFT = Plot(NOW.date())


@dataclass(frozen=True, slots=True)
class Specimen:
    """A case that the services made."""

    plot: Plot
    pair: Pair
    application_id: int


@dataclass
class World:
    """Everybody and everything that is copied."""

    stage: Stage
    pairs: Sequence[Pair]
    specimens: list[Specimen] = field(default_factory=list)

    def sender(self, short: str) -> Enterprise:
        return self.stage.enterprise(_sender(short))

    def receiver(self, short: str) -> Enterprise:
        return self.stage.enterprise(_receiver(short))

    def filer(self, short: str) -> User:
        return self.stage.filer(_sender(short))


def make_world(*, pairs: Sequence[Pair], progress: Callable[[str], None]) -> World:
    """Reference data, parties, lists and specimens in an empty database."""
    fixtures = Path(settings.BASE_DIR) / "fixtures"
    for command in ("load_reference", "load_calendar", "load_limits"):
        progress(f"参考数据：{command}")
        call_command(command, stdout=_Nowhere(), verbosity=0)
    demo = load_demo_parties(path=fixtures / "demo", password=PASSWORD)
    shorts = [short for short in SHORTS if any(short in pair for pair in pairs)]
    enterprises = dict(demo.enterprises)
    for serial, short in enumerate(shorts):
        enterprises[_sender(short)] = _register_sender(demo, short, serial)
        enterprises[_receiver(short)] = _register_receiver(demo, short, serial)
    world = World(Stage.of(replace(demo, enterprises=enterprises)), pairs)
    progress("名单：各年度各省际方向")
    for year in YEARS:
        for pair in pairs:
            _make_list(world, year, pair)
    progress("样本申请：经由业务服务办理")
    _play(world, progress)
    return world


class _Nowhere:
    def write(self, _: str) -> None:
        """Loaders tell what they did; here nobody asks."""

    def flush(self) -> None:
        """Nothing is kept."""


def _sender(short: str) -> str:
    return f"G-{short}-BENCH"


def _receiver(short: str) -> str:
    return f"O-{short}-BENCH"


def credit_code(serial: int) -> str:
    """A valid, invented unified social credit code."""
    body = f"91500000MB{serial:07d}"
    return body + uscc.calc_check_digit(body)


def _place(demo: DemoParties, short: str) -> Division:
    return demo.enterprises[f"G-{short}1"].division


def _register_sender(demo: DemoParties, short: str, serial: int) -> Enterprise:
    enterprise = register_enterprise(
        name=f"{short}样本移出单位",
        uscc=credit_code(2 * serial),
        division=_place(demo, short),
        generator_kind=GeneratorKind.PRODUCER,
        contact_name="联系人",
        contact_phone="000-00000000",
    )
    for year in YEARS:
        register_plan(enterprise=enterprise, year=year, lines={CODE: AMPLE_T})
    filer = User.objects.create(username=f"filer.{short.lower()}.bench", display_name=FILER_NAME, password="!")  # noqa: S106 - unusable
    appoint(user=filer, role=Role.FILER, enterprise=enterprise, valid_from=date(2021, 1, 1))
    return enterprise


def _register_receiver(demo: DemoParties, short: str, serial: int) -> Enterprise:
    enterprise = register_enterprise(
        name=f"{short}样本接受单位",
        uscc=credit_code(2 * serial + 1),
        division=_place(demo, short),
        is_operator=True,
    )
    register_permit(
        enterprise=enterprise,
        number=f"{short}91000001",
        kind=PermitKind.COMPREHENSIVE,
        valid_from=date(2021, 1, 1),
        valid_until=date(2030, 12, 31),
        lines=[LineInput(CODE, METHOD, AMPLE_T)],
    )
    return enterprise


def _make_list(world: World, year: int, pair: Pair) -> None:
    origin, destination = pair
    now = moment(date(year - 1, 12, 20), "10:00")
    serial = 2 * world.pairs.index(pair) + 1
    enter_agreed_list(
        name=f"{year}年度危险废物跨省市转移“白名单”（{origin}移{destination}，样本）",
        origin=world.stage.provinces[origin],
        destination=world.stage.provinces[destination],
        begins_on=date(year, 1, 1),
        ends_on=date(year, 12, 31),
        consent_mode=ConsentMode.JOINT,
        lines=[
            LineForm(
                operator_id=world.receiver(destination).pk,
                waste_codes=(CODE,),
                method=METHOD,
                quota_t=AMPLE_T,
                number="0001",
            )
        ],
        origin_letter_no=f"环函〔{year - 1}〕{serial}号",
        destination_letter_no=f"环函〔{year - 1}〕{serial + 1}号",
        now=now,
    )


def _play(world: World, progress: Callable[[str], None]) -> None:
    plots = (*PAST, *OPEN)
    scripts = [_story(world, pair, plot) for plot in plots for pair in world.pairs]
    scripts += [_draft(world, pair) for pair in world.pairs]
    play(scripts, until=NOW, progress=lambda now: progress(f"样本申请：{now:%Y-%m-%d}"))


def _wish(pair: Pair) -> Wish:
    return Wish(_sender(pair[0]), _receiver(pair[1]), CODE, METHOD, ASKED_T)


def _draft(world: World, pair: Pair) -> Script:
    now = NOW - timedelta(hours=1)
    yield now
    draft = drafted(world.stage, _wish(pair), now)
    world.specimens.append(Specimen(DRAFT, pair, draft.pk))


def _story(world: World, pair: Pair, plot: Plot) -> Script:
    now = moment(plot.filed_on, "09:30")
    yield now
    case = filed(world.stage, _wish(pair), now)
    world.specimens.append(Specimen(plot, pair, case.pk))
    for days, name in plot.acts:
        later = now + timedelta(days=days)
        yield later
        ACTS[name](world, pair, case.pk, later)


def _endorse(world: World, pair: Pair, key: int, now: datetime) -> None:
    endorse(application_id=key, by=world.stage.handler(pair[0]), now=now)


def _consent(world: World, pair: Pair, key: int, now: datetime) -> None:
    consent(application_id=key, by=world.stage.handler(pair[1]), now=now)


def _reject(world: World, pair: Pair, key: int, now: datetime) -> None:
    reject(application_id=key, by=world.stage.handler(pair[0]), now=now, reasons="接受单位工艺不适于本批废物。")


def _correct(world: World, pair: Pair, key: int, now: datetime) -> None:
    points = [Point("委托合同", "合同数量与申请表不一致", "提交一致的合同")]
    request_correction(application_id=key, by=world.stage.handler(pair[0]), now=now, points=points)


ACTS: Mapping[str, Callable[..., None]] = {
    "endorse": _endorse,
    "consent": _consent,
    "reject": _reject,
    "correct": _correct,
}
