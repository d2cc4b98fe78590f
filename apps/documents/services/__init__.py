"""What this floor does with papers: set and keep them, find what was forgotten, prove what is kept."""
