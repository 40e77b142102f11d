"""What Cairn does, one file a verb; each takes its ports and the moment as arguments."""
