"""Where a component is deployed: partition, region and account, asked from its own provider."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Location:
    """Whatever an ARN or a service name needs and nobody may hard-code."""

    partition: pulumi.Output[str]
    """`aws`, `aws-us-gov`, `aws-cn`."""
    dns_suffix: pulumi.Output[str]
    """`amazonaws.com`, or the partition's own."""
    region: pulumi.Output[str]
    account_id: pulumi.Output[str]

    @property
    def account_root(self) -> pulumi.Output[str]:
        """The ARN that stands for every principal whom IAM allows."""
        return pulumi.Output.concat("arn:", self.partition, ":iam::", self.account_id, ":root")

    def service(self, name: str) -> pulumi.Output[str]:
        """Return the regional name of a service, such as `logs.eu-central-1.amazonaws.com`."""
        return pulumi.Output.concat(name, ".", self.region, ".", self.dns_suffix)


def locate(parent: pulumi.Resource) -> Location:
    """Return the location of the provider that `parent` uses."""
    options = pulumi.InvokeOptions(parent=parent)
    partition = aws.get_partition_output(opts=options)
    return Location(
        partition=partition.partition,
        dns_suffix=partition.dns_suffix,
        region=aws.get_region_output(opts=options).region,
        account_id=aws.get_caller_identity_output(opts=options).account_id,
    )
