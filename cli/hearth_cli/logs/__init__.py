"""What a stage's functions have logged, read where it is and shown a line for each event."""
