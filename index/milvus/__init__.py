"""An index kept in Milvus: many machines write it, each a part of the folder, and many answer from it."""
