"""The report, the comparison and the notebook as pages."""
