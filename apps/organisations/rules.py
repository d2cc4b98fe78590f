"""Pure rules of parties and accounts: identity numbers, permit numbers, tonnes, codes, names of browsers."""

import re
import unicodedata
from decimal import Decimal

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from apps.organisations.errors import OrganisationError

USCC_LENGTH = 18
FOUR_PLACES = Decimal("0.0001")
# Provinces number their permits in their own ways (川环危第510603060号, Y5323230131): only what can't be one is refused.
_PERMIT_NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff()（）〔〕\[\]/\-]{4,40}")
MOST_TONNES = Decimal("9999999999.9999")


def check_uscc(text: str) -> str:
    """Unified social credit code in its normal form; full-width characters, spaces and lower case are forgiven.

    Raises OrganisationError ``uscc.length``, ``uscc.form`` or ``uscc.check_character``.
    """
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    try:
        return uscc.validate(code)
    except InvalidLength:
        sentence = f"统一社会信用代码应为 {USCC_LENGTH} 位，现为 {len(code)} 位。请对照营业执照核对。"
        raise OrganisationError("uscc.length", sentence, "uscc") from None
    except InvalidChecksum:
        sentence = f"统一社会信用代码 {code} 的末位校验码不符，可能有一位写错。请对照营业执照核对。"
        raise OrganisationError("uscc.check_character", sentence, "uscc") from None
    except ValidationError:
        sentence = f"统一社会信用代码 {code} 含有不允许的字符（I、O、S、V、Z 不用，前八位中第三至八位为数字）。"
        raise OrganisationError("uscc.form", sentence, "uscc") from None


def check_permit_number(text: str) -> str:
    """Permit number without spaces. Raises OrganisationError ``permit.number`` for what can't be one."""
    number = re.sub(r"\s", "", text)
    if _PERMIT_NUMBER.fullmatch(number) is None:
        sentence = f"许可证编号“{text.strip()}”应为 4 至 40 个汉字、字母、数字或者括号、短横。"
        raise OrganisationError("permit.number", sentence, "number")
    return number


def check_tonnes(amount_t: Decimal, *, field: str, name: str) -> Decimal:
    """Tonnes with four decimal places. Raises OrganisationError ``tonnes.invalid`` unless positive and exact."""
    if not amount_t.is_finite() or not 0 < amount_t <= MOST_TONNES:
        raise OrganisationError("tonnes.invalid", f"{name}应大于零且不超过 {MOST_TONNES} 吨。", field)
    exact = amount_t.quantize(FOUR_PLACES)
    if exact != amount_t:
        raise OrganisationError("tonnes.invalid", f"{name} {amount_t} 吨的小数位数超过四位。", field)
    return exact


def plain_code(text: str) -> str:
    """A code of digits as it was meant: full-width digits, spaces and dashes forgiven."""
    return re.sub(r"[\s\-‐‑‒–—―－]", "", unicodedata.normalize("NFKC", text))


_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓手机"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows 电脑"),
    ("Mac OS X", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)


def device_of(agent: str) -> str:
    """What a browser calls itself, in words by which its owner knows it: Windows 电脑 · Edge."""
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    browser = next((word for mark, word in _BROWSERS if mark in agent), "")
    return " · ".join(filter(None, (system, browser))) or "未知设备"
