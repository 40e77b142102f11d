"""Pure values and rules of Cairn; nothing here reads, writes or waits."""
