"""Imports the components once, past the deprecated classes that pulumi_aws warns of itself."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import hearth_aws.configuration  # noqa: F401
