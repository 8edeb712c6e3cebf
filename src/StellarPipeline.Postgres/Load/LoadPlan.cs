using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Everything that is decided about loads of one set of tables, once: names, columns, types, rights, keys, strategy, indexes, locks.
/// </summary>
/// <remarks>
/// Immutable, and usable by any number of transactions, one after another or side by side. A plan may live for days: each transaction
/// checks under its locks, with one short query, that the catalogue is still the planned one, and plans again where it is not.
/// </remarks>
public sealed class LoadPlan
{
    private readonly Dictionary<CopyTable, QualifiedName> names;

    /// <summary>How often the catalogue is read while others keep changing it, before planning fails.</summary>
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

    /// <summary>What the loads are going to do, as it was asked for.</summary>
    public LoadRequest Asked { get; }

    /// <summary>The checks and what they found.</summary>
    public LoadPreflight Preflight { get; }

    /// <summary>How the foreign keys are kept, and why; null while a table is missing.</summary>
    public ForeignKeyPlan? ForeignKeys => Preflight.Plan;

    /// <summary>Host, port, database and user, for messages.</summary>
    public string Server { get; }

    /// <summary>The tables in the order in which their last batches are sent.</summary>
    public IReadOnlyList<CopyTable> ParentsFirst { get; }

    /// <summary>Where the loads go.</summary>
    internal NpgsqlDataSource Database { get; }

    /// <summary>The oids of the database's hypertables, whose chunks are no part of the stamp.</summary>
    internal uint[] AllHypertables { get; }

    /// <summary>What the catalogue looked like; null where the plan is not complete.</summary>
    internal string? Stamp { get; }

    /// <summary>Makes a plan. Locks and changes nothing, and leaves no transaction open.</summary>
    /// <param name="database">Where the rows will go; stays the caller's.</param>
    /// <param name="request">What the loads are going to do.</param>
    /// <param name="transaction">Settings and advisory locks of the look; null for the defaults. A lock that is held by another session
    /// ends the planning.</param>
    /// <param name="cancellationToken">Ends the planning.</param>
    /// <returns>The plan, also where it says that a load would be refused: see <see cref="ThrowIfRefused"/>.</returns>
    /// <exception cref="DatabaseException">No connection, or the catalogue could not be read.</exception>
    /// <exception cref="ForeignKeyException">The catalogue could not be read, or the server is too old.</exception>
    public static Task<LoadPlan> CreateAsync(NpgsqlDataSource database, LoadRequest request, LoadTransactionOptions? transaction = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CreateAsync(database, _ => Task.FromResult(request), transaction, cancellationToken);
    }

    /// <summary>The same for a request that depends on what is in the database.</summary>
    /// <param name="database">Where the rows will go; stays the caller's.</param>
    /// <param name="ask">Makes the request, in the transaction of the look; changes nothing there.</param>
    /// <param name="transaction">Settings and advisory locks of the look; null for the defaults.</param>
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
    /// The same plan with another wish about foreign keys and indexes, decided anew from what was read. Asks the server nothing.
    /// </summary>
    /// <param name="request">The request of this plan, with other <see cref="LoadRequest.ForeignKeys"/> or
    /// <see cref="LoadRequest.ChooseForeignKeys"/>.</param>
    public LoadPlan Reconsider(LoadRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new LoadPlan(
            Database, request, Preflight.Plan is null ? Preflight : Preflight.Reconsider(request), AllHypertables, Stamp, Server);
    }

    /// <summary>Makes a load under this plan. Nothing is opened or locked before its first page.</summary>
    /// <param name="options">How it is carried out; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the load at any time; it is then rolled back.</param>
    /// <exception cref="ForeignKeyException">The foreign keys cannot be kept; the message holds the SQL that would make it
    /// possible.</exception>
    /// <exception cref="LoadRefusedException">Something else stands in the way: a column, a right, row-level security, rows. The message
    /// names all of it.</exception>
    public BulkLoad NewLoad(LoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ThrowIfRefused();
        return BulkLoad.Of(this, options, cancellationToken);
    }

    /// <summary>Refuses where something stands in the way of a load.</summary>
    /// <exception cref="ForeignKeyException">Nothing does but the foreign keys.</exception>
    /// <exception cref="LoadRefusedException">Something does; the message names all of it. The caller's own exception where the request has
    /// one.</exception>
    public void ThrowIfRefused() => Preflight.ThrowIfRefused(Server);

    /// <summary>
    /// Looks again, inside a load's transaction and before anything is changed in it, whether the load would be refused. Keeps no lock.
    /// </summary>
    /// <param name="load">The transaction.</param>
    /// <param name="cancellationToken">Ends the look; the transaction must then be rolled back.</param>
    /// <exception cref="LoadRefusedException">Something stands in the way.</exception>
    public async Task CheckAgainAsync(LoadTransaction load, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(load);
        LoadPlan now = await UnlockedLook.RunAsync(
            load.Connection, () => ReadAsync(Database, load, Asked, cancellationToken), cancellationToken).ConfigureAwait(false);
        now.ThrowIfRefused();
    }

    /// <summary>Reads all that a plan is made of, in a transaction of the role that will load.</summary>
    /// <remarks>
    /// Many queries, each with a snapshot of its own, and functions such as <c>pg_get_constraintdef</c> that see what was committed since
    /// (NULL for a key that was dropped). Without locks, a change of the schema in the middle would make a plan of two states. So the stamp
    /// is read before and after, and only a look between equal stamps counts.
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
                // A NULL where the catalogue has none: the object went between the snapshot and the function that describes it.
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

    /// <summary>The name in the database of a table that exists.</summary>
    internal QualifiedName NameOf(CopyTable table) => names[table];
}
