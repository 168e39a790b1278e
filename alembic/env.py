"""Runs the migrations inside the transaction that `dsr.database.migrations` opened, on either database."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=True,
    # Both databases roll DDL back; the caller's transaction is the only one.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
