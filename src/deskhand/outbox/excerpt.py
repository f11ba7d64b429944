"""The beginning and the end of a long text, and how much is between."""


def excerpt(text: str, most: int, where: str = "") -> str:
    """`text`, or `most` letters of it: most from its head, the others from its tail, where things hide.

    Args:
        text: what is shown.
        most: letters that are shown of it.
        where: the URI under which all of it is read.
    """
    if len(text) <= most:
        return text
    head, tail = most - most // 4, most // 4
    whole = f"; all of it: {where}" if where else ""
    return f"{text[:head]}\n[… {len(text) - most:,} letters are not shown here{whole} …]\n{text[len(text) - tail :]}"
