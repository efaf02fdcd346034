"""`python -m sandbox.plugins.github`: what the engine starts as `pulumi-resource-github`."""

from __future__ import annotations

from sandbox.plugins.protocol import serve, without_sdk


def main() -> None:
    without_sdk()
    from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

    from sandbox.plugins.github.provider import GitHubProvider
    from sandbox.plugins.provider import ProviderService

    service = ProviderService(GitHubProvider())
    serve(lambda server: add_ResourceProviderServicer_to_server(service, server))


if __name__ == "__main__":
    main()
