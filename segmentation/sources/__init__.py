"""Where customers come from: generated, files, databases."""
