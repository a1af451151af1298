"""Many claims at once: the tree as typed SQL terms, laid in layers of columns.

`terms` says what a column can hold, `dialect` how DuckDB writes it, `expressions` what each FEEL form
becomes, `tables` how a decision table becomes bit masks. Another engine brings its own dialect; the closed
tables of what can be compiled are shared.
"""
