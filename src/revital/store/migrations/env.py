"""Runs the migrations on the connection that the store hands over."""

from alembic import context

from revital.store.plan_models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter a column: Alembic rebuilds the table instead.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
# The caller's transaction holds the write lock and commits or undoes the whole upgrade.
context.run_migrations()
