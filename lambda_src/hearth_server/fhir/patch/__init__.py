"""Patches as pure functions: the patched resource is new, the one that came in stays as it was.

`json_patch.apply` follows RFC 6902, `fhirpath_patch.apply` FHIR's Parameters. Whether the result
may be stored (its id, its type, its validity) is the interaction's to say.
https://hl7.org/fhir/R4/http.html#patch
"""
