"""Methods of API Gateway REST APIs, what they call, and what they answer."""

from __future__ import annotations

from typing import ClassVar

from hearth_local.provider.aws import Aws
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.services.apigateway import Patched, gateway, patch
from hearth_local.provider.shapes import chosen, observed
from hearth_local.provider.values import Properties


class MethodPart(ResourceType):
    """A thing at `restApi/resourceId/httpMethod[/statusCode]` with a put, a get and a delete."""

    prefix: ClassVar[str]
    operation: ClassVar[str]
    members: ClassVar[Patched]
    """Our names of what can be changed, to API Gateway's."""
    path: ClassVar[tuple[str, ...]] = ("restApi", "resourceId", "httpMethod")

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        state = dict(zip(self.path, id.split("/"), strict=True))
        return self._id(state), state

    def create(self, aws: Aws, inputs: Properties) -> str:
        put = getattr(gateway(aws), f"put_{self.operation}")
        put(**self._where(inputs), **self.fixed(inputs), **chosen(inputs, self.members))
        return self._id(inputs)

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        answer = getattr(gateway(aws), f"get_{self.operation}")(**self._where(state))
        seen = observed(answer, self.members)
        return {**{name: state[name] for name in self.path}, **seen, **self.seen_fixed(answer)}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        update = getattr(gateway(aws), f"update_{self.operation}")
        patch(update, old, new, self.members, **self._where(new))

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        getattr(gateway(aws), f"delete_{self.operation}")(**self._where(state))

    def fixed(self, inputs: Properties) -> Properties:
        """Return arguments of the put that cannot be changed later."""
        return {}

    def seen_fixed(self, answer: Properties) -> Properties:
        """Return the inputs behind those arguments."""
        return {}

    def _where(self, state: Properties) -> dict[str, str]:
        names = {"restApi": "restApiId"}
        return {names.get(name, name): str(state[name]) for name in self.path}

    def _id(self, state: Properties) -> str:
        return "-".join([self.prefix, *(str(state[name]) for name in self.path)])


class Method(MethodPart):
    """An HTTP method of a path, and who may call it."""

    pulumi_type = "aws:apigateway/method:Method"
    prefix, operation = "agm", "method"
    replace_on = frozenset({"restApi", "resourceId", "httpMethod"})
    members: ClassVar[Patched] = {
        "authorization": "authorizationType",
        "authorizerId": "authorizerId",
        "authorizationScopes": "authorizationScopes",
        "apiKeyRequired": "apiKeyRequired",
        "operationName": "operationName",
        "requestModels": "requestModels",
        "requestParameters": "requestParameters",
        "requestValidatorId": "requestValidatorId",
    }

    def defaults(self, inputs: Properties) -> Properties:
        return {"apiKeyRequired": False}


class Integration(MethodPart):
    """What a method calls."""

    pulumi_type = "aws:apigateway/integration:Integration"
    prefix, operation = "agi", "integration"
    replace_on = frozenset(
        {
            "restApi",
            "resourceId",
            "httpMethod",
            "type",
            "integrationHttpMethod",
            "credentials",
            "integrationTarget",
        }
    )
    # A new type is put at the same place: deleting the old one later would delete the new one.
    delete_first = True
    members: ClassVar[Patched] = {
        "uri": "uri",
        "connectionId": "connectionId",
        "connectionType": "connectionType",
        "contentHandling": "contentHandling",
        "passthroughBehavior": "passthroughBehavior",
        "requestParameters": "requestParameters",
        "requestTemplates": "requestTemplates",
        "cacheKeyParameters": "cacheKeyParameters",
        "timeoutMilliseconds": "timeoutInMillis",
        "responseTransferMode": "responseTransferMode",
    }

    def fixed(self, inputs: Properties) -> Properties:
        return chosen(
            inputs,
            {
                "type": "type",
                "integrationHttpMethod": "integrationHttpMethod",
                "credentials": "credentials",
                "cacheNamespace": "cacheNamespace",
            },
        )

    def seen_fixed(self, answer: Properties) -> Properties:
        return observed(
            answer,
            {
                "type": "type",
                "integrationHttpMethod": "httpMethod",
                "credentials": "credentials",
                "cacheNamespace": "cacheNamespace",
            },
        )


class MethodResponse(MethodPart):
    """A status that a method answers."""

    pulumi_type = "aws:apigateway/methodResponse:MethodResponse"
    prefix, operation = "agmr", "method_response"
    path = ("restApi", "resourceId", "httpMethod", "statusCode")
    replace_on = frozenset({"restApi", "resourceId", "httpMethod", "statusCode"})
    members: ClassVar[Patched] = {
        "responseModels": "responseModels",
        "responseParameters": "responseParameters",
    }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)  # MiniStack has no update; a put replaces the whole


class IntegrationResponse(MethodPart):
    """How an integration's answer becomes a status of the method."""

    pulumi_type = "aws:apigateway/integrationResponse:IntegrationResponse"
    prefix, operation = "agir", "integration_response"
    path = ("restApi", "resourceId", "httpMethod", "statusCode")
    replace_on = frozenset({"restApi", "resourceId", "httpMethod", "statusCode"})
    members: ClassVar[Patched] = {
        "contentHandling": "contentHandling",
        "responseParameters": "responseParameters",
        "responseTemplates": "responseTemplates",
        "selectionPattern": "selectionPattern",
    }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)  # MiniStack has no update; a put replaces the whole
