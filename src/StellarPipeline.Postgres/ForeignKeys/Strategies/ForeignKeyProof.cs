using System.Diagnostics;
using System.Text;
using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Proves that foreign keys hold, with one set-wise anti-join per key.</summary>
/// <remarks>
/// The condition is the same as PostgreSQL's (RI_Initial_Check in ri_triggers.c): the key's equality operators, casts and collations; MATCH
/// SIMPLE exempts a row with any NULL, MATCH FULL only a row with all NULL; partitions are included, inheriting tables are not. The query
/// may use parallel workers; work_mem is raised to maintenance_work_mem for it, as ADD FOREIGN KEY does.
/// A key that is NOT VALID is proved only for rows that this transaction (or a later one) wrote, because older rows may violate it. The
/// proof holds until COMMIT only if no other session can remove referenced rows: see <see cref="ReplicaStrategy"/> for the lock.
/// </remarks>
internal static class ForeignKeyProof
{
    /// <summary>Maximum number of key values that a violation lists.</summary>
    public const int MaxSampleKeys = 5;

    /// <summary>The anti-join that counts the rows which violate the key.</summary>
    /// <param name="key">A key that is not temporal.</param>
    public static string CountSql(ForeignKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return "SELECT count(*)" + FromWhere(key);
    }

    /// <summary>The same anti-join: up to <see cref="MaxSampleKeys"/> distinct violating key values as text, in key order.</summary>
    /// <param name="key">A key that is not temporal.</param>
    public static string SampleSql(ForeignKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        string columns = string.Join(", ", key.Columns.Select(column => "fk." + SqlText.Identifier(column.Referencing)));
        string texts = string.Join(" || ', ' || ", key.Columns.Select((_, index) => $"coalesce(k{index}::text, 'NULL')"));
        string names = string.Join(", ", key.Columns.Select((_, index) => $"k{index}"));
        return $"SELECT '(' || {texts} || ')' FROM (SELECT DISTINCT {columns}{FromWhere(key)} ORDER BY {columns} LIMIT {MaxSampleKeys}) "
            + $"AS sample({names})";
    }

    /// <summary>Proves one key, or throws.</summary>
    /// <param name="connection">Connection that sees the loaded rows: inside the load's transaction.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops the proof; an open transaction must then be rolled back.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="ForeignKeyViolationException">Rows violate it. The transaction is still usable, but must not be
    /// committed.</exception>
    /// <exception cref="ForeignKeyException">The key is temporal, or the role may not read all rows of both tables.</exception>
    public static async Task<ForeignKeyProofResult> ProveAsync(
        NpgsqlConnection connection, ForeignKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(key);
        if (key.IsTemporal)
            ForeignKeyThrow.TemporalKey(key);
        long started = Stopwatch.GetTimestamp();
        try
        {
            await RequireAllRowsVisibleAsync(connection, key, cancellationToken).ConfigureAwait(false);
            ProofSettings settings = await ProofSettings.EnterAsync(connection, cancellationToken).ConfigureAwait(false);
            long rows = await Sql.ScalarAsync<long>(connection, CountSql(key), cancellationToken).ConfigureAwait(false);
            List<string> samples =
                rows == 0 ? [] : await Sql.TextsAsync(connection, SampleSql(key), cancellationToken).ConfigureAwait(false);
            await settings.LeaveAsync(connection, cancellationToken).ConfigureAwait(false);
            if (rows > 0)
                ForeignKeyThrow.Violation(key, rows, samples);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw ForeignKeyThrow.ProofNotAllowed(key, error);
        }
        catch (NpgsqlException error)
        {
            throw ForeignKeyThrow.ServerFailure($"Proving foreign key {key}", error);
        }

        return new ForeignKeyProofResult(key, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Gathers statistics of the loaded tables, then proves every key that binds their rows.</summary>
    /// <param name="connection">Connection that sees the loaded rows: inside the load's transaction.</param>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="audit">Receives one <see cref="AuditEvents.Proof"/> per key.</param>
    /// <param name="cancellationToken">Stops the proof; an open transaction must then be rolled back.</param>
    /// <returns>One result per key, in the catalogue's order.</returns>
    /// <exception cref="ForeignKeyViolationException">Rows violate a key.</exception>
    /// <exception cref="ForeignKeyException">A key is temporal, or the role may not read all rows of both tables.</exception>
    public static Task<IReadOnlyList<ForeignKeyProofResult>> ProveAllAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, IAuditSink audit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(audit);
        return ProveAllAsync(connection, catalog, catalog.BindingKeys, audit, cancellationToken);
    }

    internal static async Task<IReadOnlyList<ForeignKeyProofResult>> ProveAllAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, IEnumerable<ForeignKey> keys, IAuditSink audit,
        CancellationToken cancellationToken)
    {
        var results = new List<ForeignKeyProofResult>();
        if (!keys.Any())
            return results;

        // Without statistics the planner assumes that a freshly filled table is nearly empty and may choose a nested loop. A role that may
        // not ANALYZE gets a warning from the server, not an error.
        await Sql.ExecuteAsync(connection, AnalyzeSql(catalog), cancellationToken).ConfigureAwait(false);
        foreach (ForeignKey key in keys)
        {
            try
            {
                ForeignKeyProofResult result = await ProveAsync(connection, key, cancellationToken).ConfigureAwait(false);
                results.Add(result);
                audit.Record(AuditEvents.ProofOf(key, 0, [], result.Elapsed));
            }
            catch (ForeignKeyViolationException violation)
            {
                audit.Record(AuditEvents.ProofOf(key, violation.Rows, violation.SampleKeys, null));
                throw;
            }
        }

        return results;
    }

    /// <summary>The key, to be proved for old rows too, because referenced rows may have been removed.</summary>
    internal static ForeignKey ForAllRows(ForeignKey key) => key with { IsValidated = true };

    /// <summary>Why a key cannot be proved when the load removes rows.</summary>
    internal static string NotProvable(ForeignKey key) =>
        $"Foreign key {key} is NOT VALID: after rows are removed, old and new violations cannot be distinguished.";

    internal static IEnumerable<string> Statements(ForeignKeyCatalog catalog) =>
        catalog.BindingKeys.Any()
            ? [AnalyzeSql(catalog) + ";", .. catalog.BindingKeys.Select(key => $"{CountSql(key)}; -- must be 0")]
            : [];

    private static string AnalyzeSql(ForeignKeyCatalog catalog) =>
        "ANALYZE " + string.Join(", ", catalog.Tables.Select(table => table.Name.Quoted));

    private static async Task RequireAllRowsVisibleAsync(NpgsqlConnection connection, ForeignKey key, CancellationToken cancellationToken)
    {
        const string Query =
            "SELECT pg_catalog.row_security_active($1::pg_catalog.regclass) OR pg_catalog.row_security_active($2::pg_catalog.regclass)";
        if (await Sql.ScalarAsync<bool>(connection, Query, cancellationToken, key.Referencing.Quoted, key.Referenced.Quoted).ConfigureAwait(
            false))
        {
            ForeignKeyThrow.RowSecurity(key);
        }
    }

    private static string FromWhere(ForeignKey key)
    {
        var sql = new StringBuilder(" FROM ");
        sql.Append(key.IsReferencingPartitioned ? "" : "ONLY ").Append(key.Referencing.Quoted).Append(" AS fk WHERE (");
        string exemption = key.Match == ForeignKeyMatch.Full ? " OR " : " AND ";
        sql.AppendJoin(exemption, key.Columns.Select(column => $"fk.{SqlText.Identifier(column.Referencing)} IS NOT NULL"));
        sql.Append(") AND NOT EXISTS (SELECT 1 FROM ").Append(key.IsReferencedPartitioned ? "" : "ONLY ").Append(key.Referenced.Quoted)
            .Append(" AS pk WHERE ");
        sql.AppendJoin(" AND ", key.Columns.Select(Equality)).Append(')');

        // age() counts back from the id of this transaction: rows of its savepoints have a negative age, older rows a positive one.
        if (!key.IsValidated)
            sql.Append(" AND pg_catalog.age(fk.xmin) <= pg_catalog.age(pg_catalog.pg_current_xact_id()::xid)");
        return sql.ToString();
    }

    private static string Equality(ForeignKeyColumn column)
    {
        string referenced =
            "pk." + SqlText.Identifier(column.Referenced) + (column.ReferencedCast is null ? "" : "::" + column.ReferencedCast);
        string referencing =
            "fk." + SqlText.Identifier(column.Referencing) + (column.ReferencingCast is null ? "" : "::" + column.ReferencingCast);
        string collation = column.Collation is null ? "" : " COLLATE " + column.Collation;
        return $"{referenced} {column.EqualityOperator} {referencing}{collation}";
    }
}
