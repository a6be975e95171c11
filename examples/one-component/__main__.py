"""A store of versioned FHIR resources, in a program that is not Hearth's.

The table has a customer-managed key, a change stream, point-in-time recovery and protection
against deletion without being told.
"""

import pulumi
from hearth_aws import FhirStore

store = FhirStore("records", {"tags": {"owner": "ward 7"}}, pulumi.ResourceOptions(protect=True))

pulumi.export("table", store.table_name)
pulumi.export("stream", store.stream_arn)
