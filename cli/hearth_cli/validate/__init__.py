"""What `hearth validate` does: reads FHIR files, judges what is in them, tells the verdicts."""
