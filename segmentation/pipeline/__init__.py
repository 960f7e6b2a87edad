"""What makes a script a stage: configuration, exit codes, tables in parts, outputs that appear whole, executors."""
