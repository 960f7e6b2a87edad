"""What the steps of the pipeline share, as plain Python, in ten wings."""
