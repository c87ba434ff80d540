"""Documents in, passages out: ingestion, search, languages, and what happens to broken or missing files."""

from itertools import islice, product
from pathlib import Path

import pytest

from ml.large.asking import asked
from ml.large.coverage import count
from ml.large.knowledge import Knowledge, evaluate, ingest
from ml.large.words import READ_WORDS
from models.errors import KnowledgeError
from tests.ml.large.factories import knowledge, write_documents


def test_finds_the_passage_with_its_exact_span(tmp_path: Path) -> None:
    """A passage is a span of the file's text, to the character."""
    found = knowledge(tmp_path).search("How long can I return a lamp?", 3, "en")
    text = (tmp_path / "documents" / found[0].document).read_text("utf-8")
    assert found[0].document == "returns.md"
    assert text[found[0].start : found[0].end] == found[0].text
    assert 0 < found[0].score < 1


def test_internal_documents_are_never_offered(tmp_path: Path) -> None:
    """What is marked internal cannot be found, whatever is asked."""
    found = knowledge(tmp_path).search("purchase price of the battery of the Beacon B2", 20)
    assert found
    assert all(passage.document != "margins.md" for passage in found)


def test_prefers_the_customers_language(tmp_path: Path) -> None:
    """A German question gets the German passage first and English ones after it."""
    found = knowledge(tmp_path).search("Wie reinige ich das Glas der Beacon B2?", 5, "de")
    assert found[0].language == "de"
    assert {passage.language for passage in found[1:]} <= {"en"}


def test_misspelt_words_are_still_found(tmp_path: Path) -> None:
    """The vector leg and the spelling repair carry a question that full text alone would lose."""
    found = knowledge(tmp_path).search("replacng the batery", 1, "en")
    assert "battery" in found[0].text
    assert found[0].score > 0.3


def test_a_question_beside_the_knowledge_scores_low(tmp_path: Path) -> None:
    """The score tells "not in our knowledge" from "found"."""
    known = knowledge(tmp_path)
    good = max(p.score for p in known.search("When is the refund made after a lamp was returned?", 3, "en"))
    bad = max((p.score for p in known.search("Do you offer gift vouchers for weddings?", 3, "en")), default=0.0)
    assert good > 0.45 > 0.2 > bad


def test_unchanged_files_are_not_read_again_and_deleted_ones_disappear(tmp_path: Path) -> None:
    """Ingestion is incremental by content, and honours deletion."""
    folder, index = write_documents(tmp_path / "documents"), tmp_path / "index"
    first = ingest([folder], index)
    second = ingest([folder], index)
    assert (first.documents, first.unchanged) == (4, 0)
    assert (second.unchanged, second.removed, second.passages) == (4, 0, first.passages)
    (folder / "returns.md").unlink()
    (folder / "care.md").write_text("# Care\n\nThe lamp needs no care at all.\n", "utf-8")
    third = ingest([folder], index)
    assert (third.documents, third.unchanged, third.removed) == (3, 2, 1)
    assert all("refund" not in passage.text for passage in Knowledge(index).search("refund after return", 10))


def test_adding_one_file_keeps_the_others(tmp_path: Path) -> None:
    """`knowledge add FILE` adds; it does not make the file the whole knowledge."""
    ingest([write_documents(tmp_path / "documents")], tmp_path / "index")
    extra = tmp_path / "opening.md"
    extra.write_text("# Opening hours\n\nThe depot is open on Tuesday.\n", "utf-8")
    assert ingest([extra], tmp_path / "index").documents == 5


def test_a_broken_document_costs_only_itself(tmp_path: Path) -> None:
    """Each broken file is named with a reason; the rest is in the index."""
    folder = write_documents(tmp_path / "documents")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 nonsense")
    (folder / "bad.docx").write_bytes(b"PK\x03\x04 not a zip")
    (folder / "latin.md").write_bytes(b"# Caf\xe9\n")
    (folder / "empty.md").write_bytes(b"")
    report = ingest([folder], tmp_path / "index")
    assert report.documents == 4
    assert len(report.broken) == 4
    assert all("\n" not in line for line in report.broken)
    assert any(line.startswith("latin.md is not UTF-8") for line in report.broken)


def test_html_is_converted(tmp_path: Path) -> None:
    """Other formats come in through markitdown, and script is no text."""
    page = tmp_path / "page.html"
    page.write_text("<h1>Shade</h1><script>var evil=1</script><p>The shade is made of recycled paper.</p>", "utf-8")
    ingest([page], tmp_path / "index")
    found = Knowledge(tmp_path / "index").search("shade paper")
    assert "recycled paper" in found[0].text
    assert "evil" not in found[0].text


def test_an_empty_folder_is_an_empty_knowledge(tmp_path: Path) -> None:
    """No documents is a state, not an error."""
    (tmp_path / "documents").mkdir()
    report = ingest([tmp_path / "documents"], tmp_path / "index")
    assert (report.documents, report.passages) == (0, 0)
    assert Knowledge(tmp_path / "index").search("anything") == []
    assert Knowledge(tmp_path / "index").count() == 0


def test_missing_paths_and_indexes_are_named(tmp_path: Path) -> None:
    """The message says what to do next."""
    with pytest.raises(KnowledgeError, match="does not exist"):
        ingest([tmp_path / "nowhere"], tmp_path / "index")
    with pytest.raises(KnowledgeError, match="mailstage knowledge add"):
        Knowledge(tmp_path / "index")


def test_a_damaged_index_is_named_and_built_anew(tmp_path: Path) -> None:
    """Reading a damaged index fails clearly; the next ingestion repairs it."""
    knowledge(tmp_path)
    current = (tmp_path / "index" / "current").read_text("ascii")
    (tmp_path / "index" / current / "meta.json").write_text("{", "utf-8")
    with pytest.raises(KnowledgeError, match="damaged"):
        Knowledge(tmp_path / "index")
    assert ingest([tmp_path / "documents"], tmp_path / "index").documents == 4
    assert Knowledge(tmp_path / "index").search("battery")


@pytest.mark.parametrize(
    "query", ["", "   ", "???", "the of and", "' OR 1=1 --", 'a"b AND (c', "x" * 20_000, "\x00\x01", "🙂"]
)
def test_odd_queries_do_no_harm(tmp_path: Path, query: str) -> None:
    """A customer's text is never read as a query language."""
    assert isinstance(knowledge(tmp_path).search(query, 3, "en"), list)


def test_evaluates_retrieval(tmp_path: Path) -> None:
    """The figures of `mailstage evaluate retrieve`, on two documents of which one is found."""
    documents, queries = tmp_path / "d.jsonl", tmp_path / "q.jsonl"
    documents.write_text(
        '{"id": "a", "title": "Cats", "content": "Cats sleep on the roof."}\n'
        '{"id": "b", "title": "Dogs", "content": "Dogs guard the gate."}\n'
    )
    queries.write_text('{"id": "1", "query": "Who sleeps on the roof?", "required_documents": ["a", "missing"]}\n')
    report = evaluate(documents, queries)
    assert (report.n, report.hit_at_5, report.recall_at_20, report.mrr) == (1, 1.0, 0.5, 1.0)
    queries.write_text("{}\n")
    with pytest.raises(KnowledgeError, match="line 1"):
        evaluate(documents, queries)


@pytest.mark.timeout(10)
def test_a_mail_of_invented_words_takes_bounded_time(tmp_path: Path) -> None:
    """Each unknown word is compared with the known ones, so only so many are."""
    letters = product("abcdefghij", repeat=5)
    invented = " ".join(f"b{''.join(five)}" for five in islice(letters, 27_000))
    rarity = count(f"b{''.join(five)} lamp" for five in islice(product("klmnopqrst", repeat=6), 3_000))
    (one,) = asked("", f"How often {invented}?")
    assert len(rarity.stems(one.core)) <= READ_WORDS
    assert len(knowledge(tmp_path).search(f"glass {invented}")) > 0
