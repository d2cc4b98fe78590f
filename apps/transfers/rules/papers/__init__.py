"""The words of the papers: pure composing from facts. Texts, law by date and copies as agreed in the style sheet."""
