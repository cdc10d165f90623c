"""The studio engine: the real models, one module per model, imported only inside host processes."""
