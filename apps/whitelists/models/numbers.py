"""Line numbers in their natural order in the database; `rules.numbers.number_key` says the same in Python."""

from django.db.models import F, Func, TextField, Value

from apps.whitelists.rules.numbers import WIDTH


def by_number(name: str = "number") -> Func:
    """Sorts by a column of line numbers: every run of digits is filled up with zeros to the same width."""
    filled = _replaced(F(name), "([0-9]+)", "0" * (WIDTH - 1) + r"\1")
    return _replaced(filled, f"[0-9]*([0-9]{{{WIDTH}}})", r"\1")


def _replaced(text: F | Func, pattern: str, by: str) -> Func:
    values = (Value(one, output_field=TextField()) for one in (pattern, by, "g"))
    return Func(text, *values, function="regexp_replace", output_field=TextField())
