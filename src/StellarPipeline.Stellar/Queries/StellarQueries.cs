using Npgsql;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the wallet and history tables: one class for each part, all on the same database.</summary>
/// <remarks>
/// On a data source each query is its own transaction, and the class is thread-safe. On a connection all queries run in its open
/// transaction: begin it as REPEATABLE READ, and they see one state.
/// </remarks>
public sealed class StellarQueries
{
    private static readonly Query Tables = new(
        "catalogue.tables", "pg_class",
        "SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', "
            + "'f')");

    private readonly QueryRunner runner;

    /// <summary>Reads through connections of a data source.</summary>
    /// <param name="dataSource">Where to connect; stays the caller's.</param>
    /// <param name="options">Schema and log; null for the defaults.</param>
    public StellarQueries(NpgsqlDataSource dataSource, QueryOptions? options = null)
        : this(new QueryRunner(dataSource, options))
    {
    }

    /// <summary>Reads on an open connection, in the transaction that is open on it.</summary>
    /// <param name="connection">The connection; stays the caller's.</param>
    /// <param name="schema">The schema of the tables, spelled as in the catalog.</param>
    /// <param name="options">The log; null for none.</param>
    public StellarQueries(NpgsqlConnection connection, string schema, QueryOptions? options = null)
        : this(new QueryRunner(connection, schema, options))
    {
    }

    private StellarQueries(QueryRunner runner)
    {
        this.runner = runner;
        Transactions = new Transactions(runner);
        Operations = new Operations(runner);
        StateChanges = new StateChanges(runner);
        Accounts = new Accounts(runner, Transactions, Operations);
        NativeBalances = new NativeBalances(runner);
        TrustlineAssets = new TrustlineAssets(runner);
        TrustlineBalances = new TrustlineBalances(runner);
        ContractTokens = new ContractTokens(runner);
        SacBalances = new SacBalances(runner);
        AccountContractTokens = new AccountContractTokens(runner);
        LiquidityPools = new LiquidityPools(runner);
        PoolShares = new PoolShares(runner);
        Sep41Balances = new Sep41Balances(runner);
        Sep41Allowances = new Sep41Allowances(runner);
        IngestStore = new IngestStore(runner);
    }

    /// <summary>Transactions.</summary>
    public Transactions Transactions { get; }

    /// <summary>Operations.</summary>
    public Operations Operations { get; }

    /// <summary>State changes.</summary>
    public StateChanges StateChanges { get; }

    /// <summary>Participants, and channel accounts.</summary>
    public Accounts Accounts { get; }

    /// <summary>Native balances.</summary>
    public NativeBalances NativeBalances { get; }

    /// <summary>Assets that trustlines name.</summary>
    public TrustlineAssets TrustlineAssets { get; }

    /// <summary>Trustlines.</summary>
    public TrustlineBalances TrustlineBalances { get; }

    /// <summary>Contracts that are tokens or may be tokens.</summary>
    public ContractTokens ContractTokens { get; }

    /// <summary>Balances of contracts in asset contracts.</summary>
    public SacBalances SacBalances { get; }

    /// <summary>Tokens of accounts, as older versions of wallet-backend store them.</summary>
    public AccountContractTokens AccountContractTokens { get; }

    /// <summary>Liquidity pools.</summary>
    public LiquidityPools LiquidityPools { get; }

    /// <summary>Pool shares.</summary>
    public PoolShares PoolShares { get; }

    /// <summary>Balances of SEP-41 tokens.</summary>
    public Sep41Balances Sep41Balances { get; }

    /// <summary>Allowances of SEP-41 tokens.</summary>
    public Sep41Allowances Sep41Allowances { get; }

    /// <summary>The cursors of ingestion.</summary>
    public IngestStore IngestStore { get; }

    /// <summary>
    /// The tables that exist: history tables are optional, and older versions of wallet-backend have tables that newer ones do not have.
    /// </summary>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Their names.</returns>
    public Task<IReadOnlySet<string>> GetTablesAsync(CancellationToken cancellationToken = default) =>
        runner.RunAsync<IReadOnlySet<string>>(Tables, [], async (reader, token) =>
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            while (await reader.ReadAsync(token).ConfigureAwait(false)) names.Add(reader.GetString(0));
            return names;
        }, cancellationToken);
}
