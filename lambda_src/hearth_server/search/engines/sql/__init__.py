"""The SQL engine: SQLite and PostgreSQL from one compiler, within Aurora DSQL's subset."""
