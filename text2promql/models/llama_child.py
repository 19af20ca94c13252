"""`python -m text2promql.models.llama_child {JSON}`: llama.cpp's server, alive as long as its parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading


def main(arguments: str) -> None:
    """Run until SIGTERM, or until the parent is gone (kill -9 included)."""
    import xllamacpp

    given = json.loads(arguments)
    parent = os.getppid()
    params = xllamacpp.CommonParams()
    params.model.path = given["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = given["port"]
    params.n_ctx = given["n_ctx"]
    params.n_parallel = 1
    params.cpuparams.n_threads = given["threads"]
    params.cpuparams_batch.n_threads = given["threads"]
    params.cache_ram_mib = given["cache_ram_mib"]
    # Another scenario's prompt must go through the host cache, not overwrite the slot from the first
    # token that differs: prompts share their first lines.
    params.slot_prompt_similarity = 0.5
    params.slot_save_path = given["slots"]
    # A cancelled prompt is left after the batch in work: small batches let the next question in sooner.
    params.n_batch = 256
    params.n_ubatch = 256
    # Other users of this machine, and web pages open on it, must not be able to use the server. The key
    # comes in the environment because anyone may read a command line.
    params.api_keys = [os.environ.pop("LLAMA_KEY")]
    params.cors_origins = "http://127.0.0.1"
    params.ui = False
    params.warmup = False
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    server = xllamacpp.Server(params)
    while not stopped.wait(1.0) and os.getppid() == parent:
        pass
    del server
    os._exit(0)  # llama.cpp's threads would hold the process


if __name__ == "__main__":
    main(sys.argv[1])
