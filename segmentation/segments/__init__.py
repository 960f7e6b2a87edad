"""What each segment is: profile, drivers, definition, borders, names, caveats."""
