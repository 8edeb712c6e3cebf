using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>The tables of one load and every foreign key from or to them, as defined in the server's catalogue.</summary>
/// <remarks>
/// Read from pg_constraint, pg_class, pg_attribute, pg_operator, pg_inherits and pg_trigger. It is a snapshot: read it on the load's own
/// connection, shortly before the load.
/// References that are enforced by user-written triggers are not foreign keys for PostgreSQL and are not included. That is why
/// <see cref="Triggers"/> is reported.
/// </remarks>
public sealed class ForeignKeyCatalog
{
    /// <summary>The oldest supported major version of the server.</summary>
    public const int MinServerMajorVersion = 13;

    /// <summary>Creates a catalogue from given values, for planning without a server.</summary>
    /// <param name="tables">Loaded tables, in the caller's order.</param>
    /// <param name="keys">Keys that touch them; <see cref="ForeignKey.LoadedReferencing"/> and <see cref="ForeignKey.LoadedReferenced"/>
    /// are filled in if both are empty.</param>
    public ForeignKeyCatalog(IEnumerable<CatalogTable> tables, IEnumerable<ForeignKey> keys)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(keys);
        Tables = [.. tables];
        var names = Tables.Select(table => table.Name).ToHashSet();
        var touching = keys.Select(key => WithLoadedEnds(key, names)).ToList();
        touching.Sort(ForeignKey.Compare);
        Keys = touching;
    }

    /// <summary>The server's major version, for example 15.</summary>
    public int ServerMajorVersion { get; init; } = MinServerMajorVersion;

    /// <summary>Loaded tables, in the caller's order, each once.</summary>
    public IReadOnlyList<CatalogTable> Tables { get; }

    /// <summary>Every top-level foreign key from or to a loaded table, ordered by referencing table and name.</summary>
    public IReadOnlyList<ForeignKey> Keys { get; }

    /// <summary>Triggers of the loaded tables and their partitions that do not belong to a constraint.</summary>
    public IReadOnlyList<CatalogTrigger> Triggers { get; init; } = [];

    /// <summary>Deferrable unique, primary-key and exclusion constraints of the loaded tables and their partitions.</summary>
    public IReadOnlyList<CatalogConstraint> DeferrableConstraints { get; init; } = [];

    /// <summary>Keys that loaded rows must satisfy: enforced, with a loaded referencing table.</summary>
    public IEnumerable<ForeignKey> BindingKeys => Keys.Where(key => key.BindsLoad);

    /// <summary>
    /// Enforced keys of tables outside the load that refer to loaded tables: a load that only adds rows cannot violate them.
    /// </summary>
    public IEnumerable<ForeignKey> WatchingKeys =>
        Keys.Where(key => key.IsEnforced && key.LoadedReferencing.Count == 0 && key.LoadedReferenced.Count > 0);

    /// <summary>Reads the catalogue for the given tables.</summary>
    /// <param name="connection">Open connection, in a transaction or not. Nothing is changed on it.</param>
    /// <param name="tables">Names as SQL writes them, with or without schema: <c>orders</c>, <c>sales.orders</c>, <c>"Sales"."Orders"</c>.
    /// Repeats are ignored.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ForeignKeyException">A table does not exist or cannot take rows, no table is named, or the server is older than
    /// <see cref="MinServerMajorVersion"/>.</exception>
    public static Task<ForeignKeyCatalog> ReadAsync(
        NpgsqlConnection connection, IEnumerable<string> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        return ForeignKeyCatalogReader.ReadAsync(connection, [.. tables], cancellationToken);
    }

    /// <summary>
    /// Reads the catalogue for every ordinary and partitioned table of a schema; partitions count as part of their partitioned table.
    /// </summary>
    /// <param name="connection">Open connection, in a transaction or not. Nothing is changed on it.</param>
    /// <param name="schema">Schema name, exact case.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ForeignKeyException">The schema has no such table or does not exist, or the server is older than
    /// <see cref="MinServerMajorVersion"/>.</exception>
    public static Task<ForeignKeyCatalog> ReadSchemaAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(schema);
        return ForeignKeyCatalogReader.ReadSchemaAsync(connection, schema, cancellationToken);
    }

    private static ForeignKey WithLoadedEnds(ForeignKey key, HashSet<QualifiedName> loaded)
    {
        if (key.LoadedReferencing.Count > 0 || key.LoadedReferenced.Count > 0)
            return key;
        return key with
        {
            LoadedReferencing = loaded.Contains(key.Referencing) ? [key.Referencing] : [],
            LoadedReferenced = loaded.Contains(key.Referenced) ? [key.Referenced] : [],
        };
    }
}
