"""Metrics in the log line that is written anyway: CloudWatch reads them from there, at no call.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from hearth_server.functions import log

NAMESPACE = "Hearth"
DIMENSION = "FunctionName"


def line(event: str, metrics: Mapping[str, tuple[str, float]], **facts: Any) -> None:
    """Write a line with metrics, each a unit and a value, under the function's own name."""
    described = [{"Name": name, "Unit": unit} for name, (unit, _) in metrics.items()]
    embedded = {
        "Timestamp": time.time_ns() // 1_000_000,
        "CloudWatchMetrics": [
            {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": described}
        ],
    }
    values = {name: value for name, (_, value) in metrics.items()}
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    log.line(event, **facts, **values, **{DIMENSION: function, "_aws": embedded})
