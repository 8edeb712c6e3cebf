using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Strategies;

namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>The effective privileges of the connected role, found by queries and trials that change nothing.</summary>
public sealed class RoleRights
{
    private readonly Dictionary<uint, RelationRights> relations;

    /// <summary>Creates privileges from given values, for planning without a server.</summary>
    /// <param name="role">Role name.</param>
    /// <param name="replicationRoleRefusal">Why <c>session_replication_role</c> cannot be set; null if it can.</param>
    /// <param name="relations">Rights by pg_class.oid.</param>
    public RoleRights(string role, string? replicationRoleRefusal, IEnumerable<KeyValuePair<uint, RelationRights>> relations)
    {
        Role = role;
        ReplicationRoleRefusal = replicationRoleRefusal;
        this.relations = new Dictionary<uint, RelationRights>(relations);
    }

    /// <summary>Name of the role that the connection runs as (current_user).</summary>
    public string Role { get; }

    /// <summary>The server's reason why <c>session_replication_role</c> cannot be set to <c>replica</c>; null if it can.</summary>
    public string? ReplicationRoleRefusal { get; }

    /// <summary>
    /// The session's value of <c>session_replication_role</c>. It is not always <c>origin</c>, because a role or a database may have
    /// another default.
    /// </summary>
    public string ReplicationRole { get; init; } = "origin";

    /// <summary>
    /// The server's reason why <c>session_replication_role</c> cannot be set to <c>origin</c>; null if it can, or need not be set.
    /// </summary>
    public string? OriginRefusal { get; init; }

    /// <summary>
    /// Whether PostgreSQL checks foreign keys in the session, if necessary after <c>session_replication_role</c> is set to <c>origin</c>.
    /// </summary>
    public bool IsChecked => OriginRefusal is null;

    /// <summary>Rights on a loaded table, or on a table at either end of one of the catalogue's keys.</summary>
    /// <param name="relation">pg_class.oid.</param>
    public RelationRights this[uint relation] => this.relations[relation];

    /// <summary>Reads the privileges on every table of a catalogue from the server.</summary>
    /// <param name="connection">Open connection of the role that will load, in a transaction or not; a transaction stays usable.</param>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ForeignKeyException">The server refused a query, or the connection was lost.</exception>
    public static async Task<RoleRights> ReadAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(catalog);
        IEnumerable<uint> ends = catalog.Keys.SelectMany(key => new[] { key.ReferencingOid, key.ReferencedOid });
        uint[] oids = [.. catalog.Tables.Select(table => table.Oid).Concat(ends).Distinct()];
        try
        {
            List<KeyValuePair<uint, RelationRights>> relations =
                await ReadRelationsAsync(connection, oids, cancellationToken).ConfigureAwait(false);
            string role = await Sql.ScalarAsync<string>(connection, "SELECT current_user::text", cancellationToken).ConfigureAwait(false);
            string now = await Sql.ShowAsync(connection, ReplicationSession.Parameter, cancellationToken).ConfigureAwait(false);
            return new RoleRights(role, await TryAsync("replica").ConfigureAwait(false), relations)
            {
                ReplicationRole = now,
                OriginRefusal = ReplicationSession.IsChecking(now) ? null : await TryAsync("origin").ConfigureAwait(false),
            };

            // A value that is set already needs no right.
            async Task<string?> TryAsync(string value) =>
                value == now
                    ? null
                    : await SettingTrial.RunAsync(connection, ReplicationSession.Parameter, value, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            throw ForeignKeyThrow.ServerFailure("Reading the role's privileges", error);
        }
    }

    private static async Task<List<KeyValuePair<uint, RelationRights>>> ReadRelationsAsync(
        NpgsqlConnection connection, uint[] oids, CancellationToken cancellationToken)
    {
        string maintain = connection.PostgreSqlVersion.Major >= 17 ? ", MAINTAIN" : "";
        string sql = $"""
            SELECT c.oid, ns.nspname, c.relname, pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.has_table_privilege(c.oid,
              'SELECT'),
              pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE{maintain}'), pg_catalog.has_table_privilege(c.oid,
                'REFERENCES'),
              pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE'), pg_catalog.row_security_active(c.oid),
              pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace ns ON ns.oid = c.relnamespace
            WHERE c.oid = ANY ($1)
            """;
        return await Sql.RowsAsync(connection, sql, ReadRelation, cancellationToken, oids).ConfigureAwait(false);
    }

    private static KeyValuePair<uint, RelationRights> ReadRelation(NpgsqlDataReader row) =>
        new(row.GetFieldValue<uint>(0), new RelationRights
        {
            Name = new QualifiedName(row.GetString(1), row.GetString(2)),
            Owns = row.GetBoolean(3),
            CanSelect = row.GetBoolean(4),
            CanLock = row.GetBoolean(5),
            CanReference = row.GetBoolean(6),
            CanCreateIndex = row.GetBoolean(7),
            IsRowSecurityActive = row.GetBoolean(8),
            Owner = row.GetString(9),
            CanUseSchema = row.GetBoolean(10),
        });
}
