"""The Lambda functions: one module each, `handler` in it is what Lambda calls."""

import gc

# What a request makes is freed when it ends, without a search for garbage, and what has been loaded
# stays. At Python's own pace that search takes a fifth of a request's time.
gc.set_threshold(50_000, 20, 20)
