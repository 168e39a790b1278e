"""A warning before a package leaves: texts of the record of processing that it quotes in another language than its
reader's, for want of a translation (docs/law §14).
"""

from collections.abc import Iterator

from dsr.desk.access_information import information_for
from dsr.desk.repository import Repository
from dsr.domain.request import Request
from dsr.domain.ropa import Ropa
from dsr.exports import language_of
from dsr.exports.information import bare, quoted, told


def other_languages(repository: Repository, case: Request, item_id: str) -> tuple[str, ...]:
    """These texts, as the package of this item quotes them now, each once."""
    document = repository.ropa.at_version(case.ropa_version).document
    language = language_of(case.language, document.controller(case.item(item_id).controller_id).languages)
    words = "\n".join(
        [
            *(str(quoted(document, each, language)) for each in _of_data(document, case, item_id)),
            *(
                statement
                for point in told(information_for(repository, case, item_id, {}), language)
                for statement in point.statements
            ),
        ]
    )
    found: dict[str, None] = {}
    for _, text in document.texts():
        said = document.wording(text, language.code)
        if said.language not in ("", language.code) and bare(said.text) in words:
            found[said.text] = None
    return tuple(found)


def _of_data(document: Ropa, case: Request, item_id: str) -> Iterator[str]:
    """What the package says about its data in words of the record."""
    item = case.item(item_id)
    for each in case.copies.data_sets.values():
        if each.item_id == item_id:
            yield each.purpose
            yield from (field.description for field in each.fields)
    yield from (each.purpose for each in case.copies.attachments.values() if each.item_id == item_id)
    yield from (document.name_of(each) for each in item.refused_in_part)
    if item.search is not None:
        yield from (document.group_name(each) for each in item.search.set_aside)
