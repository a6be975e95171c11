"""What API Gateway checks of a request, and what it answers by itself."""

from __future__ import annotations

from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.services.apigateway import gateway, patch
from hearth_local.provider.shapes import chosen
from hearth_local.provider.values import Properties


class Response(ResourceType):
    """An answer that API Gateway makes by itself; MiniStack has no update, so it is put again."""

    pulumi_type = "aws:apigateway/response:Response"
    replace_on = frozenset({"restApiId", "responseType"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, kind = id.split("/")
        return f"aggr-{api}-{kind}", {"restApiId": api, "responseType": kind}

    def create(self, aws: Aws, inputs: Properties) -> str:
        api, kind = inputs["restApiId"], inputs["responseType"]
        request = chosen(
            inputs,
            {
                "statusCode": "statusCode",
                "responseParameters": "responseParameters",
                "responseTemplates": "responseTemplates",
            },
        )
        gateway(aws).put_gateway_response(restApiId=api, responseType=kind, **request)
        return f"aggr-{api}-{kind}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        api, kind = state["restApiId"], state["responseType"]
        found = gateway(aws).get_gateway_response(restApiId=api, responseType=kind)
        if found.get("defaultResponse"):
            return None
        return {
            "restApiId": api,
            "responseType": kind,
            "statusCode": found.get("statusCode"),
            "responseParameters": found.get("responseParameters") or {},
            "responseTemplates": found.get("responseTemplates") or {},
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_gateway_response(
            restApiId=state["restApiId"], responseType=state["responseType"]
        )


_VALIDATOR = {name: name for name in ("name", "validateRequestBody", "validateRequestParameters")}


class RequestValidator(ResourceType):
    """Which parts of a request are checked."""

    pulumi_type = "aws:apigateway/requestValidator:RequestValidator"
    autoname = Autoname()
    replace_on = frozenset({"restApi"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, validator = id.split("/")
        return validator, {"restApi": api}

    def defaults(self, inputs: Properties) -> Properties:
        return {"validateRequestBody": False, "validateRequestParameters": False}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = gateway(aws).create_request_validator(
            restApiId=inputs["restApi"], **chosen(inputs, _VALIDATOR)
        )
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        api = state["restApi"]
        found = gateway(aws).get_request_validator(restApiId=api, requestValidatorId=id)
        return {"restApi": api, **{name: found[name] for name in _VALIDATOR}}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        update = gateway(aws).update_request_validator
        patch(update, old, new, _VALIDATOR, restApiId=new["restApi"], requestValidatorId=id)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_request_validator(restApiId=state["restApi"], requestValidatorId=id)


class Model(ResourceType):
    """A JSON schema for bodies."""

    pulumi_type = "aws:apigateway/model:Model"
    autoname = Autoname()
    replace_on = frozenset({"restApi", "name", "contentType"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        api, name = id.split("/")
        found = gateway(aws).get_model(restApiId=api, modelName=name)
        return str(found["id"]), {"restApi": api, "name": name}

    def create(self, aws: Aws, inputs: Properties) -> str:
        request = chosen(
            inputs, {"description": "description", "schema": "schema", "contentType": "contentType"}
        )
        made = gateway(aws).create_model(
            restApiId=inputs["restApi"], name=inputs["name"], **request
        )
        return str(made["id"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        api, name = state["restApi"], state["name"]
        found = gateway(aws).get_model(restApiId=api, modelName=name)
        return {
            "restApi": api,
            "name": name,
            "contentType": found["contentType"],
            "description": found.get("description", ""),
            "schema": found.get("schema", ""),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        patch(
            gateway(aws).update_model,
            old,
            new,
            {"description": "description", "schema": "schema"},
            restApiId=new["restApi"],
            modelName=new["name"],
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        gateway(aws).delete_model(restApiId=state["restApi"], modelName=state["name"])
