"""The types of this folder's fixtures."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from local.host.host import Host

type WriteApp = Callable[..., Path]
"""Write a function app from its functions' source, and host.json."""

type RunHost = Callable[..., AbstractAsyncContextManager[Host]]
"""Write a function app and run a host for it."""

type TheApp = Callable[[], Any]
"""The function app's module as the library imported it, to see what its functions did."""
