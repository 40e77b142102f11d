"""Queues behind the `Queue` port."""
