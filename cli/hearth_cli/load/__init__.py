"""Loading FHIR files into a stage: reading, sending, remembering what has arrived."""
