"""What the API's access log says of a request: enough to find its trace, nothing of its content.

No path and no query, since ids and search terms name people; no address and no user agent; of the
caller only the `sub` claim. The request's id leads to the function's own log line.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

FORMAT = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "api": "$context.apiId",
    "stage": "$context.stage",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "responseBytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "functionMilliseconds": "$context.integrationLatency",
    "functionStatus": "$context.integrationStatus",
    "sub": "$context.authorizer.claims.sub",
    "trace": "$context.xrayTraceId",
}
