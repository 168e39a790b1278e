"""A reader that learned from invented letters: a linear model over pieces of words, deterministic and offline."""
