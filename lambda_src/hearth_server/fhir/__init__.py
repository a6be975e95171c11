"""The standard itself: JSON, dates, FHIRPath, the definitions of a release. Knows no AWS."""
