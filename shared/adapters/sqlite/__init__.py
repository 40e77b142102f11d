"""The embedded store: one SQLite file behind `shared.ports.Store`."""
