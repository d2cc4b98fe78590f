"""Initials of Chinese text, as people type them to find a name: 重庆市綦江区 is cqsqjq."""

import re
from functools import cache
from typing import Any

from django.db import models
from django.utils.module_loading import import_string

NOT_TYPED = re.compile(r"[^0-9a-z]")


@cache
def _reader() -> tuple[Any, Any]:
    # The readings take 60 MB: only a process that registers names loads them.
    return import_string("pypinyin.lazy_pinyin"), import_string("pypinyin.Style").FIRST_LETTER


def initials_of(text: str) -> str:
    """First letters of the syllables, letters and digits of the text as they are, all in lower case, nothing else."""
    lazy_pinyin, first_letter = _reader()
    return NOT_TYPED.sub("", "".join(lazy_pinyin(text, style=first_letter)).lower())


class InitialsField(models.CharField):
    """A column with the initials of another one, written whenever the row is; ``bulk_create`` does so too."""

    def __init__(self, *args: Any, source: str = "", **options: Any) -> None:
        """``source`` names the column whose text is read."""
        self.source = source
        options = {"verbose_name": "拼音首字母", "max_length": 60, "blank": True, "editable": False, **options}
        super().__init__(*args, **options)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's signature
        """The initials of the source as it stands now."""
        initials = initials_of(getattr(model_instance, self.source))[: self.max_length]
        setattr(model_instance, self.attname, initials)
        return initials

    def deconstruct(self) -> Any:
        """A migration names the source too."""
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "source": self.source}
