"""The AWS services, a file each, with the resource types of that service."""
