"""The model: all that placing a customer takes."""

from segmentation.model.model import SegmentModel

__all__ = ["SegmentModel"]
