"""axe-core on a page: what it calls serious or critical is a mistake."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

SOURCE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
RUN = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map((one) => ({
  id: one.id, impact: one.impact, nodes: one.nodes.slice(0, 5).map((node) => node.html.slice(0, 160)),
}))
"""


def grave_faults(page: Page) -> list[str]:
    """What axe finds that keeps somebody out: rule and the first elements. The page's own policy stays in force."""
    page.evaluate(SOURCE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN)
    return [f"{one['id']}: {' | '.join(one['nodes'])}" for one in found if one["impact"] in GRAVE]
