"""`python -m sandbox.plugins.aws`: what the engine starts as `pulumi-resource-aws`."""

from __future__ import annotations

from sandbox.plugins.protocol import serve, without_sdk


def main() -> None:
    without_sdk()
    from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

    from sandbox.plugins.aws.provider import AwsProvider
    from sandbox.plugins.provider import ProviderService

    service = ProviderService(AwsProvider())
    serve(lambda server: add_ResourceProviderServicer_to_server(service, server))


if __name__ == "__main__":
    main()
