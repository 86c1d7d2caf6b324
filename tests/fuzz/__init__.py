"""Dirty tables: made, damaged, read, and held against a second parser.

====================  =====================================================================================
`cells`               what people and programs put into cells, as seeded columns and as hypothesis strategies
`texts`               tables written as text files in every encoding, separator and line end
`damage`              byte flips, cuts, ragged rows, unclosed quotes, encodings that change in mid-file, ...
`documents`           JSON, JSON lines, Parquet, Excel and SQLite files, whole and hostile
`cases`               case number -> file and options: every case can be made again from its number alone
`second`              what another parser reads in the same bytes, and how far both agree
`judge`               one case through `read_table`, `audit` or `train`, and what became of it
`watch`               cases in processes of their own, which may hang, crash or fill the memory
====================  =====================================================================================
"""
