"""Segments at work: SQL, ONNX, control groups, spreadsheets, placing new customers, comparing."""
