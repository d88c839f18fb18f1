"""Files that people write: strict YAML, located problems, schemas, Markdown."""
