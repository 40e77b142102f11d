"""The demo: a scenario played through the simulated tenant, and what must be true when it is over."""
