"""How collections are made and searched: types of fields and kinds of vector index, in the words of pymilvus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.milvus.fields import Field
from index.milvus.library import pymilvus

_BUILDING: dict[str, dict[str, Any]] = {
    "HNSW": {"M": 16, "efConstruction": 200},
    "HNSW_SQ": {"M": 16, "efConstruction": 200, "sq_type": "SQ8"},
    "IVF_SQ8": {"nlist": 1024},
    "IVF_RABITQ": {"nlist": 128, "refine": True, "refine_type": "SQ8"},  # all lists are searched, as on disk
}
LITE, LITE_LACKS = "milvus_lite", {"DISKANN", "IVF_RABITQ"}
_WIDTH = 4  # times as many candidates are looked at as are wanted
_LEAST_WIDTH, _MOST_WIDTH = 64, 32_768
_PROBES = 128  # lists of an IVF: static vectors form no clusters, and with 16 a third of the nearest were missed


def schema_of(fields: Sequence[Field]) -> Any:  # noqa: ANN401 - a library without types
    """Return the schema of rows with these fields."""
    library = pymilvus()
    schema = library.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    types = library.DataType
    for each in fields:
        if each.kind == "int":
            schema.add_field(each.name, types.INT64, is_primary=each.key)
        elif each.kind == "text":
            schema.add_field(each.name, types.VARCHAR, is_primary=each.key, max_length=each.size)
        elif each.kind == "dense":
            schema.add_field(each.name, types.FLOAT_VECTOR, dim=each.size)
        else:
            schema.add_field(each.name, types.SPARSE_FLOAT_VECTOR)
    return schema


def index_of(field: Field) -> Any:  # noqa: ANN401
    """Return the index that a field gets; None if it gets none."""
    params = pymilvus().MilvusClient.prepare_index_params()
    if field.kind == "dense":
        building = _BUILDING.get(field.index, {})
        params.add_index(field.name, index_type=field.index, metric_type="IP", params=building)
    elif field.kind == "sparse":
        params.add_index(field.name, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    elif field.indexed:
        params.add_index(field.name, index_type="INVERTED")
    else:
        return None
    return params


def search_params(kind: str, k: int) -> dict[str, Any]:
    """Return how far the vectors of an index of a kind are searched for the k nearest."""
    width = min(max(_LEAST_WIDTH, _WIDTH * k), _MOST_WIDTH)
    if kind.startswith("HNSW"):
        return {"ef": width}
    if kind.startswith("IVF"):
        return {"nprobe": _PROBES} | ({"refine_k": float(_WIDTH)} if kind == "IVF_RABITQ" else {})
    return {"search_list": width} if kind == "DISKANN" else {}
