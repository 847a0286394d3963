"""Milvus Lite behind TLS and a token, which its own server knows nothing of. Run by tests, as a program."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Callable
from concurrent import futures
from pathlib import Path

import grpc
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from pymilvus.grpc_gen import milvus_pb2_grpc

TOLD = "auth check failure, please check username and password are correct"  # as Milvus says it


class Guard(grpc.ServerInterceptor):
    """Lets nobody pass who does not show the token."""

    def __init__(self, token: str) -> None:
        self._awaited = base64.b64encode(token.encode()).decode()

    def intercept_service(
        self, go_on: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler], call: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:
        if dict(call.invocation_metadata).get("authorization") == self._awaited:
            return go_on(call)
        return grpc.unary_unary_rpc_method_handler(
            lambda _, context: context.abort(grpc.StatusCode.UNAUTHENTICATED, TOLD)
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir")
    parser.add_argument("--port")
    parser.add_argument("--max-workers", type=int)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--authority", type=Path, help="of clients' certificates, which it then asks for")
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    guards = [Guard(options.token)] if options.token else []
    server = grpc.server(futures.ThreadPoolExecutor(options.max_workers), interceptors=guards)
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(MilvusLite(options.data_dir)), server)
    place = f"localhost:{options.port}"
    if options.certificate:
        both = options.certificate.read_bytes()  # the key, and the certificates of it
        asked = options.authority.read_bytes() if options.authority else None
        server.add_secure_port(place, grpc.ssl_server_credentials([(both, both)], asked, asked is not None))
    else:
        server.add_insecure_port(place)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
