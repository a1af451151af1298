"""How is a file from outside read without being attacked by it? With every door of XML closed.

No entities, no document type, no network. Elements are found by their local names, because banks answer in the
version of a message that they like, and what we read stands at the same place in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from lxml import etree

# A day's statement of a big fund has hundreds of megabytes; lxml's own limit guards against what is refused anyway.
OPTIONS: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False, "huge_tree": True,
    "remove_comments": True, "remove_pis": True,
}  # fmt: skip
Element = etree._Element


class MessageInvalid(ValueError):  # noqa: N818 - a library's refusal; the caller turns it into words
    """The file is not the message it should be. The text says what and where."""


def elements(source: IO[bytes], *local_names: str) -> Iterator[tuple[str, str, Element]]:
    """(message, local name, element) for each element of those names, once it is complete; then it is emptied.

    `message` is the root's namespace, such as urn:iso:std:iso:20022:tech:xsd:camt.053.001.08.
    """
    message = ""
    try:
        for event, element in etree.iterparse(source, events=("start", "end"), **OPTIONS):
            if not message:
                if element.getroottree().docinfo.doctype:
                    raise MessageInvalid("the file has a document type, which no bank's message has")
                message = etree.QName(element).namespace or ""
            if event == "end" and (name := local(element)) in local_names:
                yield message, name, element
                element.clear()
    except etree.XMLSyntaxError as fault:
        raise MessageInvalid(f"the file is not well-formed XML: {fault.msg}") from None


def local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at the path of local names below `element`."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if local(each) == name), None)
    return element


def text(element: Element | None, *path: str) -> str:
    """The text at the path, without surrounding blanks; empty where there is nothing."""
    found = child(element, *path)
    return (found.text or "").strip() if found is not None else ""


def minor(element: Element | None, digits: int) -> int:
    """The amount in `element` as minor units. Raises MessageInvalid where it has more decimals than that."""
    amount = (element.text or "").strip() if element is not None else ""
    try:
        scaled = Decimal(amount).scaleb(digits)
    except InvalidOperation:
        raise MessageInvalid(f"{amount!r} is not an amount") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise MessageInvalid(f"{amount!r} is not a whole number of minor units")
    return int(scaled)
