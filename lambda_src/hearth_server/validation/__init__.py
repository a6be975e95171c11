"""Whether a resource keeps the rules of the standard."""
