"""UNet3Df: UNet3D with a wide embedding kept to the end, which context-self contrastive learning works on.

After Tarasiou, Guler and Zafeiriou, "Context-self contrastive pretraining for crop type semantic segmentation", 2022.
The names of the layers are those of the published checkpoints. What differs from the
published version is what differs for UNet3D (see unet3d.py): masks, and fewer dates than it was made for.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from training.models.finer import add_finer, to_finer
from training.models.series_input import PUBLISHED_DATES, ClassHead, SeriesNetwork
from training.models.unet3d import STRIDE, WIDTHS, Unet3dLayers, dates_last, places_for, unet3d_reach


class Unet3df(SeriesNetwork):
    """UNet3Df: 7,219,941 parameters at 16 dates, 13 bands and 20 classes; 7,515,621 at m = 4.

    The embedding is the map that the linear map to the classes takes, after the one over dates and the finer head.

    Args:
        in_channels: C, spectral bands; the day of the year is added as a channel.
        num_classes: K.
        num_dates: the most dates that it takes; 16 if not given.
        magnification: m, 1, 2 or 4.
        widths: channels of the two levels and of the centre.
        embedding_channels: D.

    Raises:
        ValueError: if an argument is not usable.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        num_dates: int | None = None,
        magnification: int = 1,
        *,
        widths: Sequence[int] = WIDTHS,
        embedding_channels: int = 128,
    ) -> None:
        super().__init__(in_channels, num_classes, num_dates or PUBLISHED_DATES, magnification, STRIDE)
        self.embedding_channels = embedding_channels
        self.backbone = Unet3dLayers()
        back = (embedding_channels, embedding_channels)
        self.backbone.add_layers(in_channels + 1, widths, back, embedding_channels, places_for(num_dates))
        add_finer(self, embedding_channels, magnification)
        self.linear_out = ClassHead(embedding_channels, num_classes)

    @property
    def receptive_radius(self) -> int:
        """Input pixels beyond which nothing changes an output pixel."""
        return unet3d_reach(self.magnification)

    def map_series(self, x: Tensor, doy: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embedding of a standardised series."""
        backbone = self.backbone
        coarse = backbone.collapsed(backbone.decoded(dates_last(x, doy, valid, backbone.places)))
        embedding = to_finer(self, coarse, self.magnification)
        return self.linear_out(embedding), embedding
