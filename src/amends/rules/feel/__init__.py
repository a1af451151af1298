"""FEEL, the expression language of DMN: text to tree, and the tree's values and functions."""
