"""Whether calls out go through a proxy, as the environment says (`HTTPS_PROXY` and its like)."""

from urllib.request import getproxies


def named_by_the_environment() -> bool:
    """Whether there is a proxy to heed; what an Azure client is told as `use_env_settings`.

    Told to heed the environment, aiohttp also looks for a .netrc file before every request, on another thread: that
    takes about as long as everything else a client does for a call. So it is told only where there is a proxy.
    """
    return bool(getproxies())
