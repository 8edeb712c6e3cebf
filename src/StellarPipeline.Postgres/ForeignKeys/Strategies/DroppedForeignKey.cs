using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Everything about one foreign key that must be restored: clause, comment, and the names and comments of the clones that PostgreSQL keeps
/// per partition.
/// </summary>
internal sealed record DroppedForeignKey(ForeignKey Key, string Definition, string? Comment, IReadOnlyList<ConstraintClone> Clones)
{
    private const string TopSql = """
        WITH unqualified AS MATERIALIZED (SELECT pg_catalog.set_config('search_path', '', true))
        SELECT pg_catalog.pg_get_constraintdef(con.oid), pg_catalog.obj_description(con.oid, 'pg_constraint'), con.oid
        FROM unqualified CROSS JOIN pg_catalog.pg_constraint con
        WHERE con.conrelid = $1 AND con.conname = $2 AND con.contype = 'f' AND con.conparentid = 0
        """;

    private const string ClonesSql = """
        WITH RECURSIVE tree AS (
          SELECT con.oid FROM pg_catalog.pg_constraint con WHERE con.conparentid = $1
          UNION ALL SELECT child.oid FROM pg_catalog.pg_constraint child JOIN tree ON child.conparentid = tree.oid)
        SELECT ns.nspname, c.relname, con.conrelid, con.confrelid, con.conname, pg_catalog.obj_description(con.oid, 'pg_constraint'),
          con.convalidated
        FROM tree JOIN pg_catalog.pg_constraint con ON con.oid = tree.oid
        JOIN pg_catalog.pg_class c ON c.oid = con.conrelid JOIN pg_catalog.pg_namespace ns ON ns.oid = c.relnamespace
        ORDER BY con.conrelid, con.confrelid, con.conname COLLATE "C"
        """;

    /// <summary>Reads the current state of the key; null if it does not exist.</summary>
    public static async Task<DroppedForeignKey?> ReadAsync(NpgsqlConnection connection, ForeignKey key, CancellationToken cancellationToken)
    {
        string searchPath = await Sql.ShowAsync(connection, "search_path", cancellationToken).ConfigureAwait(false);
        List<(string Definition, string? Comment, uint Oid)> top = await Sql.RowsAsync(
            connection,
            TopSql,
            row => (Definition: row.GetString(0), Comment: Sql.TextOrNull(row, 1), Oid: row.GetFieldValue<uint>(2)),
            cancellationToken,
            key.ReferencingOid,
            key.Name).ConfigureAwait(false);
        await Sql.SetLocalAsync(connection, "search_path", searchPath, cancellationToken).ConfigureAwait(false);
        if (top.Count == 0)
            return null;
        List<ConstraintClone> clones = await Sql.RowsAsync(
            connection,
            ClonesSql,
            row => new ConstraintClone(
                new QualifiedName(row.GetString(0), row.GetString(1)),
                row.GetFieldValue<uint>(2),
                row.GetFieldValue<uint>(3),
                row.GetString(4),
                Sql.TextOrNull(row, 5),
                row.GetBoolean(6)),
            cancellationToken,
            top[0].Oid).ConfigureAwait(false);
        return new DroppedForeignKey(key, top[0].Definition, top[0].Comment, clones);
    }

    /// <summary>Whether another reading has the same values.</summary>
    public bool IsSameAs(DroppedForeignKey? other) =>
        other is not null && Definition == other.Definition && Comment == other.Comment && Clones.SequenceEqual(other.Clones);
}
