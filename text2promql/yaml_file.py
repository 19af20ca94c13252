"""A YAML file read into a pydantic model, with errors that name file, line and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

__all__ = ["Lines", "Place", "read_yaml"]

Place = tuple[int | str, ...]
Model = TypeVar("Model", bound=BaseModel)


class Lines:
    """Where the keys of a file stand."""

    def __init__(self, node: Any) -> None:
        self._node = node

    def of(self, place: Place) -> int:
        """The line (from 1) of the deepest node that exists on the way to a place, such as ("examples", 3, "id")."""
        node = self._node
        line = node.start_mark.line
        for step in place:
            if isinstance(node, yaml.MappingNode):
                child = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if child is None:
                    break
                line, node = child[0].start_mark.line, child[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1


def read_yaml(
    path: Path, model: type[Model], fail: Callable[[str], Exception], what: str, keys: str
) -> tuple[Model, Lines]:
    """Read and validate one file; `what` names its kind and `keys` what it holds. Raises what `fail` makes."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        data: Any = yaml.load(text, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise fail(f"cannot read {what} {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise fail(f"{path} is not UTF-8 text (byte {error.start})") from error
    except yaml.YAMLError as error:
        raise fail(f"{path} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise fail(f"{path}: a {what} is a mapping with {keys}")
    lines = Lines(node)
    try:
        return model.model_validate(data), lines
    except ValidationError as error:
        told = [f"{path}:{lines.of(e['loc'])}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise fail("\n".join(told)) from error
