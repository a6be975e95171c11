"""From the names and values of a search to the `Query` tree.

https://hl7.org/fhir/R4/search.html
"""
