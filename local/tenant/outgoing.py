"""The HTTP clients with which the tenant calls the product."""

import functools
import ssl

import httpx


def outgoing_client(seconds: float) -> httpx.AsyncClient:
    """A client that waits this long for an answer and takes no settings from the environment."""
    return httpx.AsyncClient(timeout=seconds, trust_env=False, verify=_trust())


@functools.cache
def _trust() -> ssl.SSLContext:
    # Reading the certificates takes some 20 ms, which adds up over many short-lived clients.
    return ssl.create_default_context()
