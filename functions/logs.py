"""One event a line, as `event key=value …`: ids, counts and codes, never what anybody said."""


def line(event: str, **facts: object) -> str:
    """The log line for an event; values with spaces or quotes are quoted, None is left out."""
    return " ".join([event, *(f"{name}={_shown(value)}" for name, value in facts.items() if value is not None)])


def _shown(value: object) -> str:
    text = str(value)
    plain = text and not any(c.isspace() or c in '"=' for c in text)
    return text if plain else '"' + text.replace('"', "'").replace("\n", " ") + '"'
