"""Alembic's environment: the migrations run on the connection that the store hands over."""

from alembic import context

from text2promql.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Table.metadata, render_as_batch=True
)
context.run_migrations()
