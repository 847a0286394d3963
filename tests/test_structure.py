"""The structure: imports run downwards, the quick paths stay quick, and nothing is pickled."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A module imports only modules of lines above its own; those of one line stand side by side.
LAYERS = (
    "index.types index.errors index.words index.subset",
    "index.sentence_bytes index.choice",
    "index.lines index.dates index.decoding index.language index.tokens index.pieces index.local_model index.tensors",
    "index.transformer",
    "index.encoder index.said_terms",
    "index.embedding",
    "index.locks index.libraries index.side_file",
    "index.checked index.dense_kinds index.file_facts",
    "index.sentences index.dense index.lexical index.passage_store index.store",
    "index.passage_writer index.version index.protocols index.one_generation",
    "index.formats.extracted index.formats.archive",
    "index.formats.pdf_raised index.formats.html_date",
    "index.formats.pdf_words",
    "index.formats.text index.formats.markdown index.formats.html index.formats.docx index.formats.epub",
    "index.formats.pdf_heads index.formats.worker",
    "index.formats.pdf_order index.formats.pdf_text index.formats.workers",
    "index.layout index.formats index.formats.pdf",
    "index.documents index.chunking",
    "index.catalogue",
    "index.opened index.articles index.changes",
    "index.vector_rows",
    "index.milvus",
    "index.milvus.address index.milvus.credentials index.milvus.fields index.milvus.filters index.milvus.batches",
    "index.milvus.library index.milvus.failures",
    "index.milvus.kinds index.milvus.connection",
    "index.milvus.collections",
    "index.milvus.client",
    "index.milvus.schema index.milvus.weights index.milvus.frequencies index.milvus.kept",
    "index.milvus.rows index.milvus.view index.milvus.current",
    "index.milvus.passages",
    "index.milvus.catalogue index.milvus.searches",
    "index.milvus.opened",
    "index.milvus.part index.milvus.site index.milvus.tally index.milvus.target",
    "index.milvus.starting index.milvus.notes index.milvus.converging index.milvus.writing",
    "index.milvus.sealing",
    "index.milvus.building",
    "index.resume",
    "index.collect index.salvage index.sealing",
    "index.build",
    "index.stores",
)
HEAVY = ("torch", "transformers", "sentence_transformers", "gradio", "langchain_text_splitters", "langchain_core")
HEAVY_TOO = (
    "trafilatura",
    "lxml",
    "pypdfium2",
    "docx",
    "selectolax",
    "charset_normalizer",
    "py3langid",
    "pandas",
    "sklearn",
    "scipy",
    "ir_measures",
    "pymilvus",
    "grpc",
)
SERVERS = ("fastapi", "watchfiles", "mcp")
INDEX = sorted(path for name in ("", "formats", "milvus") for path in (ROOT / "index" / name).glob("*.py"))
SOURCES = [path for name in ("index", "qa") for path in sorted((ROOT / name).rglob("*.py"))]
COMMANDS = {"index", "index.train"}  # nothing imports them


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports anywhere, in functions and for type checking included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages_of(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports_of(path)}


@pytest.mark.parametrize("path", INDEX, ids=module_of)
def test_index_imports_nothing_from_qa(path: Path) -> None:
    assert "qa" not in packages_of(path)


@pytest.mark.parametrize("path", INDEX, ids=module_of)
def test_imports_run_downwards(path: Path) -> None:
    layer = {name: number for number, names in enumerate(LAYERS) for name in names.split()}
    module = module_of(path)
    if module in COMMANDS:
        return
    assert module in layer, f"say in LAYERS where {module} stands"
    for imported in imports_of(path) & layer.keys():
        assert layer[imported] < layer[module], f"{module} imports {imported}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_only_the_stores_know_of_milvus(path: Path) -> None:
    module = module_of(path)
    if not module.startswith(("index.milvus", "index.stores")):
        assert not {each for each in imports_of(path) if each.startswith(("index.milvus", "pymilvus", "milvus_lite"))}


def test_the_layers_name_only_modules_that_are_there() -> None:
    assert {name for names in LAYERS for name in names.split()} <= {module_of(path) for path in INDEX}


def test_no_module_of_qa_is_imported_in_a_circle() -> None:
    modules = {module_of(path): imports_of(path) for path in SOURCES}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join([*above[above.index(module) :], module])
        if module not in done:
            for imported in sorted(modules[module] & modules.keys() - {module}):
                visit(imported, (*above, module))
            done.add(module)

    for module in modules:
        visit(module, ())


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_nothing_is_pickled(path: Path) -> None:
    assert not packages_of(path) & {"pickle", "cPickle", "shelve", "joblib", "dill", "cloudpickle", "marshal"}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


@pytest.mark.parametrize("module", ["index.build", "index.stores", "qa.session", "qa.cli"])
def test_the_quick_paths_load_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert module.partition(".")[0] in loaded
    assert not loaded & {*HEAVY, *HEAVY_TOO, *SERVERS}


@pytest.mark.parametrize("path", INDEX, ids=module_of)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 250
