"""Profiles: what a StructureDefinition asks beside what its base type asks already."""
