"""The Lambda entry points: event in, one call, event out."""
