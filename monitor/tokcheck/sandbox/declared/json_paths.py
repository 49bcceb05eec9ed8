"""Put values at paths of a JSON body."""

from typing import Any


def put_at(body: Any, path: str, value: object) -> Any:  # noqa: ANN401 - any value of JSON
    """Return a JSON value in which ``value`` stands at a path such as ``rates.0.limit``."""
    return _put(body, path.removeprefix("$.").split("."), value)


def is_missing(body: Any, path: str) -> bool:  # noqa: ANN401 - any value of JSON
    """Return whether nothing stands at a path."""
    for step in path.removeprefix("$.").split("."):
        if isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return True
    return False


def _put(body: Any, steps: list[str], value: object) -> Any:  # noqa: ANN401 - any value of JSON
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step.isdecimal() and not (isinstance(body, dict) and body):
        items = list(body) if isinstance(body, list) else []
        items += [{}] * (int(step) + 1 - len(items))
        items[int(step)] = _put(items[int(step)], rest, value)
        return items
    fields = dict(body) if isinstance(body, dict) else {}
    fields[step] = _put(fields.get(step, {}), rest, value)
    return fields
