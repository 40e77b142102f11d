"""Microsoft Teams: the cards that Cairn shows, and the Bot Connector that takes them there."""
