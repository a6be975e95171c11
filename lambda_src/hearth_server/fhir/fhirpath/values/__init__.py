"""The values of FHIRPath's own types: numbers, dates and times, quantities."""
