"""Replay: a real conversation, played through the simulated tenant and the whole pipeline."""
