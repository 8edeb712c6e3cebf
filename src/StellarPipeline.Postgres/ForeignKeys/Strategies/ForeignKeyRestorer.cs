using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Adds dropped foreign keys again and checks that they are the same as before.</summary>
internal static class ForeignKeyRestorer
{
    /// <summary>Adds one key with its comment. PostgreSQL checks its rows, unless it is NOT VALID.</summary>
    /// <exception cref="ForeignKeyViolationException">Rows violate the key; counted by the anti-join after the server refused.</exception>
    public static async Task AddAsync(
        NpgsqlConnection connection, DroppedForeignKey dropped, IAuditSink audit, CancellationToken cancellationToken)
    {
        try
        {
            await Sql.ExecuteAllAsync(
                connection, ["SAVEPOINT load_add", AddStatement(dropped), "RELEASE SAVEPOINT load_add"], cancellationToken)
                .ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT load_add", cancellationToken).ConfigureAwait(false);
            await ViolationSearch.ExplainAsync(connection, [dropped.Key], error, audit, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await CommentAsync(connection, dropped.Key.Referencing, dropped.Key.Name, dropped.Comment, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Restores the clones of the keys that were added, and compares all keys with what was dropped.</summary>
    /// <exception cref="ForeignKeyException">A key came back different: the transaction must be rolled back.</exception>
    public static async Task CompareAsync(
        NpgsqlConnection connection, IReadOnlyList<DroppedForeignKey> dropped, CancellationToken cancellationToken)
    {
        ForeignKey[] keys = [.. dropped.Select(key => key.Key)];
        DroppedForeignKey?[] now = await DroppedForeignKey.ReadAsync(connection, keys, cancellationToken).ConfigureAwait(false);
        if (dropped.Any(key => key.Clones.Count > 0))
        {
            foreach ((DroppedForeignKey before, DroppedForeignKey? after) in dropped.Zip(now).Where(pair => pair.Second is not null))
                await NameClonesAsync(connection, before, after!, cancellationToken).ConfigureAwait(false);
            now = await DroppedForeignKey.ReadAsync(connection, keys, cancellationToken).ConfigureAwait(false);
        }

        foreach ((DroppedForeignKey before, DroppedForeignKey? after) in dropped.Zip(now))
        {
            if (!before.IsSameAs(after))
                ForeignKeyThrow.RestoredDifferently(before.Key, before.Definition, after?.Definition);
        }
    }

    /// <summary>The statement that adds it.</summary>
    public static string AddStatement(DroppedForeignKey dropped) =>
        $"ALTER TABLE {dropped.Key.Referencing.Quoted} ADD CONSTRAINT {SqlText.Identifier(dropped.Key.Name)} {dropped.Definition}";

    /// <summary>
    /// PostgreSQL chooses the names of a new key's clones. A clone that had another name, because it was renamed or was a partition's own
    /// key, gets its old name back.
    /// </summary>
    private static async Task NameClonesAsync(
        NpgsqlConnection connection, DroppedForeignKey dropped, DroppedForeignKey now, CancellationToken cancellationToken)
    {
        ILookup<(uint Referencing, uint Referenced), ConstraintClone> wanted =
            dropped.Clones.ToLookup(clone => (clone.Referencing, clone.Referenced));
        var pairs = now.Clones
            .GroupBy(clone => (clone.Referencing, clone.Referenced))
            .SelectMany(group => group.Zip(wanted[group.Key]))
            .Select((pair, index) => (Clone: pair.First, Wanted: pair.Second, Temporary: $"load_clone_{index}"))
            .Where(pair => pair.Wanted.Name != pair.Clone.Name)
            .ToList();

        // In two steps, because two clones of one table may have to swap their names.
        foreach ((ConstraintClone Clone, ConstraintClone Wanted, string Temporary) pair in pairs)
            await RenameAsync(connection, pair.Clone.Table, pair.Clone.Name, pair.Temporary, cancellationToken).ConfigureAwait(false);
        foreach ((ConstraintClone Clone, ConstraintClone Wanted, string Temporary) pair in pairs)
            await RenameAsync(connection, pair.Clone.Table, pair.Temporary, pair.Wanted.Name, cancellationToken).ConfigureAwait(false);
        foreach (ConstraintClone clone in dropped.Clones)
            await CommentAsync(connection, clone.Table, clone.Name, clone.Comment, cancellationToken).ConfigureAwait(false);
    }

    private static Task RenameAsync(
        NpgsqlConnection connection, QualifiedName table, string from, string to, CancellationToken cancellationToken) =>
            Sql.ExecuteAsync(connection,
                $"ALTER TABLE {table.Quoted} RENAME CONSTRAINT {SqlText.Identifier(from)} TO {SqlText.Identifier(to)}", cancellationToken);

    private static async Task CommentAsync(
        NpgsqlConnection connection, QualifiedName table, string name, string? comment, CancellationToken cancellationToken)
    {
        if (comment is null)
            return;
        string statement = $"COMMENT ON CONSTRAINT {SqlText.Identifier(name)} ON {table.Quoted} IS {SqlText.Literal(comment)}";
        await Sql.ExecuteAsync(connection, statement, cancellationToken).ConfigureAwait(false);
    }
}
