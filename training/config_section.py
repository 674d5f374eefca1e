"""What all sections of a configuration share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
BlockSize = Annotated[float, Field(ge=10, allow_inf_nan=False)]
"""Side of spatial blocks, metres: not smaller than a pixel."""


class Section(BaseModel):
    """Frozen, and without keys that are not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
