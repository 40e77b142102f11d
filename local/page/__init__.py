"""The demo's page: the simulated Teams on the left, what Cairn knows on the right."""
