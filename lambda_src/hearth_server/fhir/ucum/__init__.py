"""Units of measure by UCUM: whether two can be compared, and by which factor they differ.

The units of `units.json` are those that clinical data uses, with every metric prefix; units
outside it are known only as themselves. Mole is a dimension of its own here, although UCUM
counts particles, so that an amount never equals a bare number.
https://ucum.org/ucum
"""

from hearth_server.fhir.ucum.units import Unit, unit

__all__ = ["Unit", "unit"]
