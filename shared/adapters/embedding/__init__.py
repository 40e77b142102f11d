"""What texts mean, as vectors: a small sentence model on this machine, and nothing when it is not there."""
