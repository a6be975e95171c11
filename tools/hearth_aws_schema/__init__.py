"""Makes the local provider's table of AWS properties from the installed `pulumi_aws`."""
