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
        SELECT wanted.position::int - 1, pg_catalog.pg_get_constraintdef(con.oid),
          pg_catalog.obj_description(con.oid, 'pg_constraint'), con.oid
        FROM unqualified CROSS JOIN ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::name[]))
          WITH ORDINALITY AS wanted(relation, name, position)
        JOIN pg_catalog.pg_constraint con ON con.conrelid = wanted.relation AND con.conname = wanted.name
        WHERE con.contype = 'f' AND con.conparentid = 0
        """;

    private const string ClonesSql = """
        WITH RECURSIVE tree AS (
          SELECT con.conparentid AS top, con.oid FROM pg_catalog.pg_constraint con WHERE con.conparentid = ANY ($1)
          UNION ALL SELECT tree.top, child.oid FROM pg_catalog.pg_constraint child JOIN tree ON child.conparentid = tree.oid)
        SELECT tree.top, ns.nspname, c.relname, con.conrelid, con.confrelid, con.conname,
          pg_catalog.obj_description(con.oid, 'pg_constraint'), con.convalidated
        FROM tree JOIN pg_catalog.pg_constraint con ON con.oid = tree.oid
        JOIN pg_catalog.pg_class c ON c.oid = con.conrelid JOIN pg_catalog.pg_namespace ns ON ns.oid = c.relnamespace
        ORDER BY con.conrelid, con.confrelid, con.conname COLLATE "C"
        """;

    /// <summary>Reads the current state of each key, in the same order; null for a key that does not exist.</summary>
    public static async Task<DroppedForeignKey?[]> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<ForeignKey> keys, CancellationToken cancellationToken)
    {
        var states = new DroppedForeignKey?[keys.Count];
        if (keys.Count == 0)
            return states;
        List<(int Index, string Definition, string? Comment, uint Oid)> tops = await Sql.UnqualifiedRowsAsync(
            connection,
            TopSql,
            row => (row.GetInt32(0), row.GetString(1), Sql.TextOrNull(row, 2), row.GetFieldValue<uint>(3)),
            cancellationToken,
            keys.Select(key => key.ReferencingOid).ToArray(),
            keys.Select(key => key.Name).ToArray()).ConfigureAwait(false);
        ILookup<uint, ConstraintClone> clones = (await Sql.RowsAsync(
            connection,
            ClonesSql,
            row => (Top: row.GetFieldValue<uint>(0), Clone: new ConstraintClone(
                new QualifiedName(row.GetString(1), row.GetString(2)),
                row.GetFieldValue<uint>(3),
                row.GetFieldValue<uint>(4),
                row.GetString(5),
                Sql.TextOrNull(row, 6),
                row.GetBoolean(7))),
            cancellationToken,
            tops.Select(top => top.Oid).ToArray()).ConfigureAwait(false)).ToLookup(row => row.Top, row => row.Clone);
        foreach ((int index, string definition, string? comment, uint oid) in tops)
            states[index] = new DroppedForeignKey(keys[index], definition, comment, [.. clones[oid]]);
        return states;
    }

    /// <summary>Whether another reading has the same values.</summary>
    public bool IsSameAs(DroppedForeignKey? other) =>
        other is not null && Definition == other.Definition && Comment == other.Comment && Clones.SequenceEqual(other.Clones);
}
