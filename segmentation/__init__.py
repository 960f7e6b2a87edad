"""What the steps of the pipeline share, as plain Python, in ten wings."""

__version__ = "0.2.0"
