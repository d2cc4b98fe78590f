"""Fixtures for every test.

The servers are started by the plugin wastetransfer.embedded.pytest_servers (see pyproject.toml). A test that
needs real commits, in threads for instance, takes `transactional_db` or `django_db(transaction=True)`.
"""

import os
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import signing_in
from tests.chromium import QUIET_CHROMIUM, chromium

# A bureau's people are shown nothing by their password alone; tests/web/test_accounts.py tests that rule itself.
Client.force_login = signing_in.with_second_step  # type: ignore[method-assign]
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server"})
NOT_RUN = "BROWSER TESTS WERE NOT RUN: no Chromium found（未找到 Chromium，浏览器测试没有运行；apt install chromium）"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pure`: only the tests that need no database, no browser and no other process."""
    parser.addoption("--pure", action="store_true", help="only tests without database, browser and processes")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under `--pure` leave out what isn't; without a browser skip its tests, unless BROWSER=required."""
    if config.getoption("--pure"):
        pure = [item for item in items if _is_pure(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(pure)])
        items[:] = pure
    for item in items:
        # One worker of xdist takes all of a kind: a browser starts slowly, and a second demo would starve the first.
        # xdist reads the mark in this very hook, so ours comes before.
        for name in ("browser", "processes"):
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.xdist_group(name))
    if chromium() is None and os.environ.get("BROWSER") != "required":
        waiting = [item for item in items if item.get_closest_marker("browser")]
        for item in waiting:
            item.add_marker(pytest.mark.skip(reason=NOT_RUN))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes made at import may differ between two workers (a workbook says when it was made); names must not."""
    return argname if isinstance(val, bytes) else None


def _is_pure(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in ("django_db", "browser", "processes")):
        return False
    return not DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))


class ToldAtOnce:
    """What failed is printed when it fails: a run that is cut short never comes to its summary."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"✗ {report.nodeid} ({report.when})\n{report.longreprtext}")


def pytest_configure(config: pytest.Config) -> None:
    """A worker of xdist tells its controller, which prints."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ToldAtOnce(config))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that the browser tests were left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NOT_RUN in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_sep("!", f"{count} {NOT_RUN}", red=True, bold=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one per run: its start takes many seconds."""
    executable = chromium()
    if executable is None:
        pytest.fail("BROWSER=required, but there is no Chromium: apt install chromium, or set CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=QUIET_CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's own browser: no cookies of another; take several for several people."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """An empty page of one person."""
    return browser_context.new_page()
