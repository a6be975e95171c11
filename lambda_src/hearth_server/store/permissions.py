"""What a function's role must be allowed, for the store to work: the one list of it.

The components make the role's policy of it; the contract test on MiniStack runs under it.
No item of the table is ever deleted: helper items expire.
"""

from __future__ import annotations

TABLE_READ_ACTIONS = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
"""On the table `resources`: enough for a function that only reads."""

TABLE_WRITE_ACTIONS = ("dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
"""On the table `resources`, beside those, for one that writes."""

TABLE_ACTIONS = (*TABLE_READ_ACTIONS, *TABLE_WRITE_ACTIONS)
"""On the table `resources`, for one that does both."""

INDEX_ACTIONS = ("dynamodb:Query",)
"""On its index `gsi1`."""

BODY_ACTIONS = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject")
"""On every object of the bucket of bodies. Only the sweep and expunge delete."""

BODY_BUCKET_ACTIONS = ("s3:ListBucketVersions",)
"""On the bucket of bodies itself. Without s3:ListBucket a missing object reads as forbidden."""
