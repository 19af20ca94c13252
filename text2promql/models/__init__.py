"""Language models: the files of the embedded ones, the server that runs them, and the client that asks any.

`files` (find and pull), `llama` (llama.cpp's server as a child process), `chat` (what the pipeline talks to).
"""
