using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// All decisions about loads of one set of tables, made once: names, columns, types, privileges, keys, strategy, indexes, locks.
/// </summary>
/// <remarks>
/// Immutable. Any number of transactions may use it, one after another or concurrently. A plan may be kept for days: each transaction
/// checks under its locks, with one short query, that the catalogue has not changed, and plans again if it has.
/// </remarks>
public sealed class LoadPlan
{
    private readonly Dictionary<CopyTable, QualifiedName> names;

    /// <summary>How often the catalogue is read while other sessions keep changing it, before planning fails.</summary>
    private const int MaxLooks = 20;

    private LoadPlan(
        NpgsqlDataSource database, LoadRequest asked, LoadPreflight preflight, uint[] hypertables, string? stamp, string server)
    {
        Database = database;
        Asked = asked;
        Preflight = preflight;
        AllHypertables = hypertables;
        Stamp = stamp;
        Server = server;
        names = asked.Tables.Zip(preflight.Tables).Where(pair => pair.Second.Exists).ToDictionary(
            pair => pair.First, pair => new QualifiedName(pair.Second.Schema!, pair.Second.Name!));
        List<QualifiedName> order = ForeignKeys is null ? [] : [.. ForeignKeys.Graph.LoadOrder];
        ParentsFirst = [.. asked.Tables.OrderBy(table => names.TryGetValue(table, out QualifiedName name) ? order.IndexOf(name) : -1)];
    }

    /// <summary>The request that the plan was made for.</summary>
    public LoadRequest Asked { get; }

    /// <summary>The checks and what they found.</summary>
    public LoadPreflight Preflight { get; }

    /// <summary>How the foreign keys are kept, and why; null if a table is missing.</summary>
    public ForeignKeyPlan? ForeignKeys => Preflight.Plan;

    /// <summary>Host, port, database and user, for messages.</summary>
    public string Server { get; }

    /// <summary>The tables in the order in which their last batches are sent.</summary>
    public IReadOnlyList<CopyTable> ParentsFirst { get; }

    /// <summary>The database that receives the rows.</summary>
    internal NpgsqlDataSource Database { get; }

    /// <summary>The oids of the database's hypertables, whose chunks are not part of the stamp.</summary>
    internal uint[] AllHypertables { get; }

    /// <summary>The stamp of the catalogue when the plan was made; null if the plan is incomplete.</summary>
    internal string? Stamp { get; }

    /// <summary>Makes a plan. It changes nothing, and leaves no lock and no transaction behind.</summary>
    /// <param name="database">The database that will receive the rows; the caller disposes it.</param>
    /// <param name="request">What the loads will do.</param>
    /// <param name="transaction">Settings and advisory locks of the transaction that reads the catalogue; null for the defaults. If another
    /// session holds such a lock, planning fails.</param>
    /// <param name="cancellationToken">Ends the planning.</param>
    /// <returns>The plan, even if a load would be refused: see <see cref="ThrowIfRefused"/>.</returns>
    /// <exception cref="DatabaseException">The connection failed, or the catalogue could not be read.</exception>
    /// <exception cref="ForeignKeyException">The catalogue could not be read, or the server is too old.</exception>
    public static Task<LoadPlan> CreateAsync(NpgsqlDataSource database, LoadRequest request, LoadTransactionOptions? transaction = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CreateAsync(database, _ => Task.FromResult(request), transaction, cancellationToken);
    }

    /// <summary>Makes a plan for a request that depends on the contents of the database.</summary>
    /// <param name="database">The database that will receive the rows; the caller disposes it.</param>
    /// <param name="ask">Makes the request, in the transaction that reads the catalogue. It must not change anything.</param>
    /// <param name="transaction">Settings and advisory locks of that transaction; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the planning.</param>
    public static async Task<LoadPlan> CreateAsync(
        NpgsqlDataSource database, Func<LoadTransaction, Task<LoadRequest>> ask, LoadTransactionOptions? transaction = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(ask);
        LoadTransaction look = await LoadTransaction.OpenAsync(database, transaction, cancellationToken).ConfigureAwait(false);
        await using (look.ConfigureAwait(false))
        {
            LoadPlan? plan = null;
            await look.GuardAsync("Reading the definitions of the tables", async () =>
            {
                await look.EnterStageAsync("check", cancellationToken).ConfigureAwait(false);
                plan = await ReadAsync(database, look, await ask(look).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            return plan!;
        }
    }

    /// <summary>
    /// Makes the same plan with other options for foreign keys and indexes, from the data already read. Sends no query.
    /// </summary>
    /// <param name="request">The request of this plan, with other <see cref="LoadRequest.ForeignKeys"/> or
    /// <see cref="LoadRequest.ChooseForeignKeys"/>.</param>
    public LoadPlan Reconsider(LoadRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new LoadPlan(
            Database, request, Preflight.Plan is null ? Preflight : Preflight.Reconsider(request), AllHypertables, Stamp, Server);
    }

    /// <summary>Creates a load for this plan. No connection is opened and no table is locked before its first page.</summary>
    /// <param name="options">How the load is carried out; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the load at any time; it is then rolled back.</param>
    /// <exception cref="ForeignKeyException">The foreign keys cannot be kept; the message contains the SQL that would make it
    /// possible.</exception>
    /// <exception cref="LoadRefusedException">Something else prevents the load: a column, a privilege, row-level security, existing rows.
    /// The message lists all obstacles.</exception>
    public BulkLoad NewLoad(LoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ThrowIfRefused();
        return BulkLoad.Of(this, options, cancellationToken);
    }

    /// <summary>Throws if the plan has obstacles.</summary>
    /// <exception cref="ForeignKeyException">Only the foreign keys prevent the load.</exception>
    /// <exception cref="LoadRefusedException">Something prevents the load; the message lists all obstacles. If the request has
    /// <see cref="LoadRequest.Refusal"/>, the exception that it makes is thrown instead.</exception>
    public void ThrowIfRefused() => Preflight.ThrowIfRefused(Server);

    /// <summary>
    /// Checks again whether the load would be refused, inside its transaction and before anything is changed in it. Keeps no lock.
    /// </summary>
    /// <param name="load">The transaction.</param>
    /// <param name="cancellationToken">Ends the check; the transaction must then be rolled back.</param>
    /// <exception cref="LoadRefusedException">Something prevents the load.</exception>
    public async Task CheckAgainAsync(LoadTransaction load, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(load);
        LoadPlan now = await UnlockedLook.RunAsync(
            load.Connection, () => ReadAsync(Database, load, Asked, cancellationToken), cancellationToken).ConfigureAwait(false);
        now.ThrowIfRefused();
    }

    /// <summary>Reads everything that a plan needs, in a transaction of the role that will load.</summary>
    /// <remarks>
    /// This takes many queries, each with its own snapshot, and functions such as <c>pg_get_constraintdef</c> see changes committed since
    /// (NULL for a dropped key). Without locks, a concurrent change of the schema could mix two states in one plan. Therefore the stamp is
    /// read before and after, and the result counts only if both are equal.
    /// </remarks>
    internal static async Task<LoadPlan> ReadAsync(
        NpgsqlDataSource database, LoadTransaction load, LoadRequest asked, CancellationToken cancellationToken)
    {
        LoadRequest resolved = asked.Resolve(load.Resolve);
        InvalidCastException? torn = null;
        for (int look = 1; look <= MaxLooks; look++)
        {
            uint[] hypertables = await Hypertables.ReadAsync(load.Connection, cancellationToken).ConfigureAwait(false);
            string before = await StampAsync().ConfigureAwait(false);
            LoadPreflight preflight;
            try
            {
                preflight = await LoadPreflight.ReadAsync(load.Connection, resolved, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidCastException missing)
            {
                // An unexpected NULL: the object was dropped between the snapshot and the call of the function that describes it.
                torn = missing;
                continue;
            }

            if (await StampAsync().ConfigureAwait(false) == before)
                return new LoadPlan(database, asked, preflight, hypertables, preflight.Plan is null ? null : before, load.Server);

            Task<string> StampAsync() =>
                CatalogStamp.ReadAsync(
                    load.Connection, [.. resolved.Tables.Select(table => table.QualifiedName)], hypertables, cancellationToken);
        }

        DatabaseThrow.CatalogRestless(load.Server, MaxLooks, torn);
        return null!;
    }

    /// <summary>The name, in the database, of a table that exists.</summary>
    internal QualifiedName NameOf(CopyTable table) => names[table];
}
