"""Numbers as a project's file may hold them: anything else gets the default."""

from __future__ import annotations

import math
from typing import Any, Mapping


def as_number(values: Mapping[str, Any], name: str, default: float) -> float:
    """A finite number."""
    value = values.get(name, default)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else default


def as_int(values: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number that a spin box can hold."""
    value = as_number(values, name, default)
    return int(value) if abs(value) < 2**31 else default
