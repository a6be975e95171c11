"""FHIR operations, one file for those that belong together."""
