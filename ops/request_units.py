"""What one call of Cosmos DB costs, by Microsoft's documentation (docs/capacity.md names it) and, where that is silent,
by our estimate."""


def point_read(kilobytes: float) -> float:
    """1 RU for 1 KB and 10 RU for 100 KB; in between a straight line."""
    return 1 + 9 * (max(kilobytes, 1) - 1) / 99


def insert(kilobytes: float) -> float:
    """5.5 RU for 1 KB without indexes and 50 RU for 100 KB, with some for what our few indexes cost."""
    return 5.5 + 44.5 * (max(kilobytes, 1) - 1) / 99 + INDEXES


INDEXES = 1.5
"""RU of the partition key's, the type's and up to five more paths' index entries: an estimate, nowhere documented."""
QUERY = 2.8
"""RU of a query that finds nothing, in one partition: what such queries are commonly seen to cost."""


def cost(kind: str, items: float, kilobytes: float) -> float:
    """Request units of one call that gives or writes so many documents of so many KB.

    A replace costs twice an insert; a delete as much as an insert; each document that a query gives as much as a point
    read of it. Raises `ValueError` for a kind of call that is not known.
    """
    match kind:
        case "read":
            return point_read(kilobytes)
        case "missing":
            return 1.0
        case "create" | "delete":
            return insert(kilobytes)
        case "replace":
            return 2 * insert(kilobytes)
        case "query":
            return QUERY + items * point_read(kilobytes)
    raise ValueError(f"nobody knows what a {kind} costs")
