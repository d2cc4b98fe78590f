"""What contract and exemption say against what is asked: warnings that change no route."""

from datetime import date
from decimal import Decimal

import pytest

from apps.transfers.enums import Route, Severity
from apps.transfers.rules.facts import ContractFacts
from tests.transfers.check_facts import GENERATOR, OPERATOR, checked, codes, found, item

WARNED = {
    "another sender": ({"contract": ContractFacts(sender="别的公司")}, "contract.party", "合同委托方“别的公司”"),
    "another receiver": ({"contract": ContractFacts(receiver="别的公司")}, "contract.party", "合同受托方“别的公司”"),
    "ends too early": (
        {"contract": ContractFacts(until=date(2026, 12, 30))},
        "contract.ends_early",
        "合同有效期至 2026-12-30，早于拟转移期限止日 2026-12-31。",
    ),
    "too few tonnes": (
        {"items": (item(contracted_t=Decimal("119.9999")),)},
        "contract.short",
        "合同数量 119.9999 吨，少于申请数量 120.0000 吨，差 0.0001 吨。",
    ),
    "not on the exemption list": (
        {"items": (item(is_transport_exempt=True),)},
        "exemption.none",
        "第 1 项：《危险废物豁免管理清单》没有列出 900-045-49 的运输环节。",
    ),
}


@pytest.mark.parametrize(("changes", "code", "sentence"), WARNED.values(), ids=WARNED)
def test_a_difference_is_a_warning_with_its_figures(changes, code: str, sentence: str) -> None:
    result = checked(**changes)
    finding = found(result, code)
    assert finding.severity == Severity.WARNING
    assert sentence in finding.sentence
    assert (result.route, result.may_be_filed) == (Route.FAST_TRACK, True)


def test_what_agrees_is_not_found() -> None:
    contract = ContractFacts(f" {GENERATOR.name} ", OPERATOR.name, date(2026, 12, 31))
    exact = item(contracted_t=Decimal(120), is_transport_exempt=True, may_be_transport_exempt=True)
    assert codes(checked(contract=contract, items=(exact,))) == set()


def test_the_width_of_brackets_is_no_difference() -> None:
    operator = OPERATOR.__class__("遂宁（示范）再生", "510000", "四川省", is_participating=True)
    assert "contract.party" not in codes(checked(operator=operator, contract=ContractFacts(receiver="遂宁(示范) 再生")))
