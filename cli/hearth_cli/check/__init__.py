"""Running a stage's program through the policy pack, without a cloud or a Pulumi CLI."""
