"""The applications of a Cognito user pool: clients, sign-in domains, resource servers."""

from __future__ import annotations

from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.resource import ResourceType
from hearth_local.provider.schema import resource_shape
from hearth_local.provider.shapes import chosen, from_aws, to_aws
from hearth_local.provider.values import Properties

_CLIENT = {
    "accessTokenValidity": "AccessTokenValidity",
    "allowedOauthFlows": "AllowedOAuthFlows",
    "allowedOauthFlowsUserPoolClient": "AllowedOAuthFlowsUserPoolClient",
    "allowedOauthScopes": "AllowedOAuthScopes",
    "analyticsConfiguration": "AnalyticsConfiguration",
    "authSessionValidity": "AuthSessionValidity",
    "callbackUrls": "CallbackURLs",
    "defaultRedirectUri": "DefaultRedirectURI",
    "enablePropagateAdditionalUserContextData": "EnablePropagateAdditionalUserContextData",
    "enableTokenRevocation": "EnableTokenRevocation",
    "explicitAuthFlows": "ExplicitAuthFlows",
    "idTokenValidity": "IdTokenValidity",
    "logoutUrls": "LogoutURLs",
    "name": "ClientName",
    "preventUserExistenceErrors": "PreventUserExistenceErrors",
    "readAttributes": "ReadAttributes",
    "refreshTokenRotation": "RefreshTokenRotation",
    "refreshTokenValidity": "RefreshTokenValidity",
    "supportedIdentityProviders": "SupportedIdentityProviders",
    "tokenValidityUnits": "TokenValidityUnits",
    "writeAttributes": "WriteAttributes",
}


class UserPoolClient(ResourceType):
    """An application of a pool."""

    pulumi_type = "aws:cognito/userPoolClient:UserPoolClient"
    autoname = Autoname(longest=128)
    replace_on = frozenset({"userPoolId", "generateSecret"})
    secrets = frozenset({"clientSecret"})

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        pool, client = id.split("/")
        return client, {"userPoolId": pool}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.client("cognito-idp").create_user_pool_client(
            **_client(inputs), **chosen(inputs, {"generateSecret": "GenerateSecret"})
        )
        return str(made["UserPoolClient"]["ClientId"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        pool = state["userPoolId"]
        cognito = aws.client("cognito-idp")
        client = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=id)["UserPoolClient"]
        properties = resource_shape(self.pulumi_type).properties
        seen = {
            ours: from_aws(client[theirs], properties[ours])
            for ours, theirs in _CLIENT.items()
            if theirs in client
        }
        return {**seen, "userPoolId": pool, "clientSecret": client.get("ClientSecret", "")}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        # AWS sets back what an update leaves out; MiniStack keeps it, so emptied lists are sent.
        emptied: Properties = {name: [] for name in _CLIENT if isinstance(old.get(name), list)}
        request = _client({**emptied, **new})
        aws.client("cognito-idp").update_user_pool_client(ClientId=id, **request)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("cognito-idp").delete_user_pool_client(
            UserPoolId=state["userPoolId"], ClientId=id
        )


class UserPoolDomain(ResourceType):
    """The domain of a pool's sign-in pages; its id is the domain."""

    pulumi_type = "aws:cognito/userPoolDomain:UserPoolDomain"
    replace_on = frozenset({"domain", "userPoolId"})

    def create(self, aws: Aws, inputs: Properties) -> str:
        domain = str(inputs["domain"])
        aws.client("cognito-idp").create_user_pool_domain(
            UserPoolId=inputs["userPoolId"], Domain=domain, **_domain(inputs)
        )
        return domain

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        answer = aws.client("cognito-idp").describe_user_pool_domain(Domain=id)
        found = answer.get("DomainDescription") or {}
        if not found.get("UserPoolId"):
            return None
        return {
            "domain": id,
            "userPoolId": found["UserPoolId"],
            "awsAccountId": found.get("AWSAccountId") or aws.account,
            "cloudfrontDistribution": found.get("CloudFrontDistribution", ""),
            "s3Bucket": found.get("S3Bucket", ""),
            "version": found.get("Version", ""),
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        aws.client("cognito-idp").update_user_pool_domain(
            UserPoolId=new["userPoolId"], Domain=id, **_domain(new)
        )

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        aws.client("cognito-idp").delete_user_pool_domain(UserPoolId=state["userPoolId"], Domain=id)


class ResourceServer(ResourceType):
    """An API that a pool issues scopes for; its id is `pool|identifier`."""

    pulumi_type = "aws:cognito/resourceServer:ResourceServer"
    autoname = Autoname(longest=256)
    replace_on = frozenset({"identifier", "userPoolId"})

    def sought(self, aws: Aws, inputs: Properties) -> str:
        return f"{inputs['userPoolId']}|{inputs['identifier']}"

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.client("cognito-idp").create_resource_server(**_server(inputs))
        return f"{inputs['userPoolId']}|{inputs['identifier']}"

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        pool, identifier = id.split("|", 1)
        answer = aws.client("cognito-idp").describe_resource_server(
            UserPoolId=pool, Identifier=identifier
        )
        server = answer["ResourceServer"]
        scopes = from_aws(server.get("Scopes") or [], "list:#cognito/ResourceServerScope")
        return {
            "userPoolId": pool,
            "identifier": identifier,
            "name": server["Name"],
            "scopes": scopes,
            "scopeIdentifiers": [f"{identifier}/{scope['scopeName']}" for scope in scopes],
        }

    def volatile(self, old: Properties, new: Properties) -> frozenset[str]:
        return frozenset({"scopeIdentifiers"})

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        aws.client("cognito-idp").update_resource_server(**_server(new))

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        pool, identifier = id.split("|", 1)
        aws.client("cognito-idp").delete_resource_server(UserPoolId=pool, Identifier=identifier)


def _client(inputs: Properties) -> Properties:
    properties = resource_shape(UserPoolClient.pulumi_type).properties
    shaped = {name: to_aws(inputs[name], properties[name]) for name in _CLIENT if name in inputs}
    return {"UserPoolId": inputs["userPoolId"], **chosen(shaped, _CLIENT)}


def _domain(inputs: Properties) -> Properties:
    request = chosen(inputs, {"managedLoginVersion": "ManagedLoginVersion"})
    if inputs.get("certificateArn"):
        request["CustomDomainConfig"] = {"CertificateArn": inputs["certificateArn"]}
    return request


def _server(inputs: Properties) -> Properties:
    return {
        "UserPoolId": inputs["userPoolId"],
        "Identifier": inputs["identifier"],
        "Name": inputs["name"],
        "Scopes": to_aws(inputs.get("scopes") or [], "list:#cognito/ResourceServerScope"),
    }
