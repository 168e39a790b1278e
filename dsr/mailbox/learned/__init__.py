"""A reader that learned from invented letters: a linear model over pieces of words, and a tuned transformer."""
