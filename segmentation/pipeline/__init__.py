"""What makes a script a stage: configuration, exit codes, tables in parts, outputs all or none, executors."""
