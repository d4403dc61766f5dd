"""What a browser gets where the explorer was not built."""

from app.main import page_from_afar
from app.portal.pages import EXAMPLE


def test_the_page_that_needs_the_internet_says_so_and_what_does_not() -> None:
    page = page_from_afar()
    assert "It needs the internet" in page
    assert "make explorer" in page
    assert "Loading..." not in page
    assert "<title>Pedigree</title>" in page


def test_it_begins_with_the_same_question() -> None:
    assert f"const EXAMPLE_QUERY = `{EXAMPLE}`;" in page_from_afar()
    assert not set(EXAMPLE) & {"`", "$", "\\"}
