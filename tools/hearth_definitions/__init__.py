"""Makes the tables of a FHIR release from its published definitions."""
