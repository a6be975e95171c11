"""Serves the components to every Pulumi language: `pulumi package add` starts this program."""

import hearth_aws
from hearth_aws.version import VERSION
from pulumi.provider.experimental import component_provider_host

if __name__ == "__main__":
    component_provider_host(
        name="hearth",
        components=[
            hearth_aws.Alarms,
            hearth_aws.AuditArchive,
            hearth_aws.AuthProvider,
            hearth_aws.BinaryBucket,
            hearth_aws.EncryptionKey,
            hearth_aws.FhirApi,
            hearth_aws.FhirStore,
            hearth_aws.SearchIndex,
        ],
        version=VERSION,
    )
