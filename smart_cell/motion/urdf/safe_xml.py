# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Reads XML into elements that know their line; document types and entities are refused, so nothing can blow up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from smart_cell.cell.files import MAX_ARM_FILE
from smart_cell.core.errors import SmartCellError

MAX_XML: Final = MAX_ARM_FILE
"""Largest XML text [bytes]."""
MAX_XML_DEPTH: Final = 40


class XmlRefusedError(SmartCellError):
    """A text is no XML, or XML that is not read here; `line` counts from 1, 0 means the text as a whole."""

    def __init__(self, line: int, message: str, allowed: str) -> None:
        """Keep where it is, what is wrong and what would be `allowed`."""
        super().__init__(message)
        self.line = line
        self.allowed = allowed


@dataclass(slots=True)
class XmlElement:
    """One element; its text is not kept, since nothing that is read here has any."""

    tag: str
    """As written, with its prefix."""
    attributes: dict[str, str]
    line: int
    """Where it starts, counted from 1."""
    children: list[XmlElement] = field(default_factory=list)

    def all(self, tag: str) -> Iterator[XmlElement]:
        """Yield the children that have a tag."""
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> XmlElement | None:
        """Return the first child that has a tag, None if none has."""
        return next(self.all(tag), None)


def parse_xml(content: bytes) -> XmlElement:
    """Return the root element of an XML text.

    Raises:
        XmlRefusedError: It is not well-formed, too large or too deep, or has a document type or entities.
    """
    if len(content) > MAX_XML:
        raise XmlRefusedError(0, "is too large", f"at most {MAX_XML >> 20} MiB")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    builder = _Builder(parser)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        said = expat.errors.messages.get(error.code, str(error))
        raise XmlRefusedError(error.lineno, f"not well-formed XML: {said}", "XML in UTF-8") from error
    except (LookupError, ValueError) as error:
        raise XmlRefusedError(0, f"cannot be decoded: {error}", "XML in UTF-8") from error
    assert builder.root is not None
    return builder.root


class _Builder:
    """Puts elements together as the parser reports them."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.root: XmlElement | None = None
        self._parser = parser
        self._open: list[XmlElement] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if len(self._open) >= MAX_XML_DEPTH:
            raise XmlRefusedError(line, "is nested too deep", f"at most {MAX_XML_DEPTH} levels")
        element = XmlElement(tag, attributes, line)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def refuse_doctype(self, *_: object) -> None:
        line = self._parser.CurrentLineNumber
        raise XmlRefusedError(line, "has a document type (<!DOCTYPE ...>)", "XML without document type and entities")
