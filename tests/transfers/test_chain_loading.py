"""Loading sign-off chains: what a bureau has stays unless replaced; a wrong line is named and nothing is loaded."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.transfers.models import SignoffChain
from tests.transfers.world import World

pytestmark = pytest.mark.django_db


def file_of(folder: Path, *lines: str, head: str = "bureau,act,roles") -> str:
    path = folder / "chains.csv"
    path.write_text("\n".join((head, *lines)), encoding="utf-8-sig")
    return str(path)


def chains() -> dict[tuple[str, str], list[str]]:
    rows = SignoffChain.objects.select_related("bureau__province")
    return {(row.bureau.province.short, row.act): row.roles for row in rows}


@pytest.mark.usefixtures("world")
def test_what_is_there_stays_unless_it_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_chains", file_of(tmp_path, "SC,,handler signatory", "CQ,accept,handler"))
    assert chains() == {("SC", ""): ["handler", "signatory"], ("CQ", "accept"): ["handler"]}
    changed = file_of(tmp_path, "SC,,handler section_head signatory", "CQ,,handler signatory")
    call_command("load_chains", changed)
    assert chains()["SC", ""] == ["handler", "signatory"]
    assert chains()["CQ", ""] == ["handler", "signatory"]
    call_command("load_chains", changed, "--replace")
    assert chains()["SC", ""] == ["handler", "section_head", "signatory"]
    assert chains()["CQ", "accept"] == ["handler"]
    call_command("load_chains", changed, "--replace")
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("签批流程")]
    assert [line.split()[1] for line in told] == ["2", "1", "1", "0"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("XX,,handler", "第 3 行：没有“XX”的省级机关。"),
        ("CQ,recall,handler", "第 3 行：“recall”没有签批流程"),
        ("CQ,,minister", "第 3 行：角色“minister”"),
        ("CQ,,", "第 3 行：角色“”须为一至三个"),
        ("CQ,,handler handler handler handler", "须为一至三个"),
        ("CQ", "第 3 行：角色“”须为一至三个"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_loaded(world: World, tmp_path: Path, line: str, told: str) -> None:
    assert "SC" in world.parties.bureaus
    with pytest.raises(CommandError, match=told):
        call_command("load_chains", file_of(tmp_path, "SC,,handler signatory", line))
    assert not SignoffChain.objects.exists()


@pytest.mark.usefixtures("world")
def test_a_file_without_its_columns_or_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="须有 bureau、act、roles 三列"):
        call_command("load_chains", file_of(tmp_path, "SC,handler", head="bureau,roles"))
    with pytest.raises(CommandError, match=r"none\.csv"):
        call_command("load_chains", str(tmp_path / "none.csv"))
