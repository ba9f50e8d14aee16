"""Run by Alembic: takes connection and tables from its config, so that it imports no noun."""

from alembic import context
from geoalchemy2 import alembic_helpers

given = context.config.attributes

context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    # Leaves out spatial_ref_sys, which belongs to PostGIS.
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_type=True,
)

with context.begin_transaction():
    context.run_migrations()
