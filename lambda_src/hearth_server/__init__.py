"""The FHIR server that runs in Lambda."""
