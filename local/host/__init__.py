"""A small Azure Functions host for one machine; `host.Host` is its door, docs/host.md its limits."""
