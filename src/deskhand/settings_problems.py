"""What is wrong with settings, told to people: the key, where it was set, what it takes, what was perhaps meant."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError

PLAIN = {
    "model_type": "takes a section with keys of its own",
    "tuple_type": 'takes a list, such as ["a", "b"]',
    "string_type": "takes a text",
}
"""What to say instead where pydantic speaks of its own types, by the type of the problem."""


def told(error: ValidationError, model: type[BaseModel], origin: Callable[[str], str], section: str = "") -> str:
    """Every problem in one text. `section` is where `model` is in the tree, with a dot at its end."""
    lines: list[str] = []
    for problem in error.errors(include_url=False, include_input=False):
        key = section + ".".join(str(part) for part in problem["loc"])
        what = PLAIN.get(problem["type"], problem["msg"])
        if problem["type"] == "extra_forbidden":
            what = f"is not a setting{_meant(model, problem['loc'])}"
        lines.append(f"{key} ({origin(key)}): {what}")
    return "; ".join(lines) + ". `deskhand settings --defaults` lists every key."


def _meant(model: type[BaseModel], location: Sequence[int | str]) -> str:
    """The nearest key beside the one that is not there, else all of them."""
    *above, last = (str(part) for part in location)
    for name in above:
        inner = model.model_fields[name].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return ""
        model = inner
    near = get_close_matches(last, model.model_fields, n=1)
    return f" (did you mean {near[0]}?)" if near else f" (there are {', '.join(model.model_fields)})"
