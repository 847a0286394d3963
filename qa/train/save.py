"""A trained reader as files: its rows as bytes, its body as ONNX with weights of seven bits."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.numpy import save_file

from index.encoder import embedded
from index.train.save import quantised
from qa.reader import FILES, FORMAT
from qa.reader_inputs import MATCHES

if TYPE_CHECKING:
    from qa.train.net import Body, ReaderNet

_AXES = {0: "rows", 1: "tokens"}
_INPUTS = ("rows", "types", "kinds", "matches", "mask")


def save_reader(folder: Path, net: ReaderNet) -> None:
    """Write a reader as `qa.reader` loads it: `rows.safetensors`, `body.onnx`, `reader.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    net = net.cpu().eval()
    rows, weights = quantised(net.rows.weight.detach().float().numpy())
    save_file({"rows": rows, "weights": weights}, folder / "rows.safetensors")
    save_body(folder / "body.onnx", net.body)
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    told = {"format": FORMAT, "encoder": embedded().identity, "sha256": digests}
    (folder / "reader.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def save_body(path: Path, body: Body, quantise: bool = True) -> None:
    """Write the body as ONNX.

    Weights are rounded to whole numbers of seven bits, one scale a column: eight would
    overflow the 16-bit sums of processors without VNNI, and answers differ by machine.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    width = int(body.spans.in_features)
    some = (
        torch.randn(2, 12, width), torch.ones(2, 12, dtype=torch.int64), torch.ones(2, 12, dtype=torch.int64),
        torch.rand(2, 12, MATCHES), torch.ones(2, 12),
    )  # fmt: skip
    body.bert.set_attn_implementation("eager")
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's own, on traces and deprecations
        plain = Path(scratch) / "plain.onnx" if quantise else path
        torch.onnx.export(
            body, some, str(plain), input_names=list(_INPUTS), output_names=["starts", "ends"],
            dynamic_axes={name: _AXES for name in (*_INPUTS, "starts", "ends")}, opset_version=17, dynamo=False,
        )  # fmt: skip
        if quantise:
            quantize_dynamic(plain, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
