"""From a file that a person has to a data set's file: what its columns hold, and what to do with each."""
