"""Serve the provider on a free port: print the port, then run until standard input closes."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from hearth_local.provider.servicer import AwsProvider


def main() -> int:
    """Print `PORT` as the first line on standard output and serve on 127.0.0.1."""
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=_GRPC_CHANNEL_OPTIONS)
    add_ResourceProviderServicer_to_server(AwsProvider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=_wait_for_end_of_input, args=(stopped,), daemon=True).start()
    stopped.wait()
    server.stop(grace=2).wait()
    return 0


def _wait_for_end_of_input(stopped: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stopped.set()


if __name__ == "__main__":
    sys.exit(main())
