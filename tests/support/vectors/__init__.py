"""What writes specs/vectors: a module for each folder, and the manifest of them all."""
