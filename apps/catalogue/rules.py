"""Pure rules of the reference data: forms of codes, what a code says of itself, distances."""

import math
import re

WASTE_CODE_FORM = re.compile(r"[0-9]{3}-[0-9]{3}-[0-9]{2}", re.ASCII)
CATEGORY_FORM = re.compile(r"HW[0-9]{2}", re.ASCII)
_IDENTIFIED_UNLISTED = re.compile(r"900-000-[0-9]{2}", re.ASCII)
# "," names a first property and perhaps others, "/" one or several of those named.
_HAZARD = r"(?:T|C|I|R|In)"
HAZARD_FORM = re.compile(rf"{_HAZARD}(?:[,/]{_HAZARD})*", re.ASCII)

EARTH_RADIUS_KM = 6371.0088


def is_waste_code(text: str) -> bool:
    """Whether `text` has the form of a waste code (900-045-49); says nothing of any catalogue."""
    return WASTE_CODE_FORM.fullmatch(text) is not None


def category_of(code: str) -> str:
    """Category of a waste code: '900-045-49' is 'HW49'. Raises ValueError when the form is wrong."""
    if not is_waste_code(code):
        message = f"废物代码“{code}”应形如 900-045-49。"
        raise ValueError(message)
    return f"HW{code[-2:]}"


def is_identified_unlisted(code: str) -> bool:
    """Whether the code is one of 900-000-NN: hazardous by identification, in no list, needs an identification report."""
    return _IDENTIFIED_UNLISTED.fullmatch(code) is not None


def are_hazard_properties(text: str) -> bool:
    """Whether `text` names properties T, C, I, R, In, each once, joined by "," or "/"."""
    if HAZARD_FORM.fullmatch(text) is None:
        return False
    letters = re.split(r"[,/]", text)
    return len(letters) == len(set(letters))


def distance_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Length in kilometres of the great circle between two points in degrees (shown to people as 直线距离)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_phi = (phi2 - phi1) / 2
    half_lambda = math.radians(lon2 - lon1) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
