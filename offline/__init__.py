"""The offline job: turns past questions and queries into the index."""
