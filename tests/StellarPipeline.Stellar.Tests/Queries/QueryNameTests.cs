using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>Every public method reports the name and the table of its query, in metrics and in the log of slow queries.</summary>
public sealed class QueryNameTests
{
    private static readonly StellarAddress Account =
        StellarAddress.Parse("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN");

    private static readonly PageRequest<EventCursor> Events = new();
    private static readonly PageRequest<StateChangeCursor> Changes = new();
    private static readonly PageRequest<ChangeCursor> Inner = new();
    private static readonly EventKey Key = new(1);

    private static readonly (string Method, string Name, string Table, Func<StellarQueries, Task> Ask)[] Methods =
    [
        ("Transactions.GetByHashAsync", "transactions.get_by_hash", "transactions",
            queries => queries.Transactions.GetByHashAsync(new string('0', 64))),
        ("Transactions.GetAllAsync", "transactions.get_all", "transactions", queries => queries.Transactions.GetAllAsync(Events)),
        ("Transactions.GetByLedgerAsync", "transactions.by_ledger", "transactions",
            queries => queries.Transactions.GetByLedgerAsync(1, Events)),
        ("Transactions.GetByAccountAsync", "transactions.by_account", "transactions",
            queries => queries.Transactions.GetByAccountAsync(Account, Events)),
        ("Transactions.GetByIdsAsync", "transactions.by_ids", "transactions", queries => queries.Transactions.GetByIdsAsync([Key])),
        ("Transactions.GetByOperationIdsAsync", "transactions.by_operation_ids", "transactions",
            queries => queries.Transactions.GetByOperationIdsAsync([Key])),
        ("Transactions.GetByStateChangesAsync", "transactions.by_state_changes", "transactions",
            queries => queries.Transactions.GetByStateChangesAsync([new StateChangeCursor(DateTime.UnixEpoch, 1, 2, 3)])),
        ("Operations.GetByIdAsync", "operations.get_by_id", "operations", queries => queries.Operations.GetByIdAsync(Key)),
        ("Operations.GetAllAsync", "operations.get_all", "operations", queries => queries.Operations.GetAllAsync(Events)),
        ("Operations.GetByAccountAsync", "operations.by_account", "operations",
            queries => queries.Operations.GetByAccountAsync(Account, Events)),
        ("Operations.GetByToIdAsync", "operations.by_to_id", "operations", queries => queries.Operations.GetByToIdAsync(Key, Events)),
        ("Operations.GetByToIdsAsync", "operations.by_to_ids", "operations",
            queries => queries.Operations.GetByToIdsAsync([Key], 5, SortOrder.Ascending)),
        ("Operations.GetByStateChangesAsync", "operations.by_state_changes", "operations",
            queries => queries.Operations.GetByStateChangesAsync([new StateChangeCursor(DateTime.UnixEpoch, 1, 2, 3)])),
        ("StateChanges.GetAllAsync", "state_changes.get_all", "state_changes", queries => queries.StateChanges.GetAllAsync(Changes)),
        ("StateChanges.GetByAccountAsync", "state_changes.by_account", "state_changes",
            queries => queries.StateChanges.GetByAccountAsync(Account, Changes)),
        ("StateChanges.GetByToIdAsync", "state_changes.by_to_id", "state_changes",
            queries => queries.StateChanges.GetByToIdAsync(Key, Inner)),
        ("StateChanges.GetByOperationIdAsync", "state_changes.by_operation_id", "state_changes",
            queries => queries.StateChanges.GetByOperationIdAsync(Key, Inner)),
        ("StateChanges.GetByToIdsAsync", "state_changes.by_to_ids", "state_changes",
            queries => queries.StateChanges.GetByToIdsAsync([Key], 5, SortOrder.Ascending)),
        ("StateChanges.GetByOperationIdsAsync", "state_changes.by_operation_ids", "state_changes",
            queries => queries.StateChanges.GetByOperationIdsAsync([Key], 5, SortOrder.Ascending)),
        ("Accounts.GetByToIdsAsync", "accounts.by_to_ids", "transactions_accounts", queries => queries.Accounts.GetByToIdsAsync([Key])),
        ("Accounts.GetByOperationIdsAsync", "accounts.by_operation_ids", "operations_accounts",
            queries => queries.Accounts.GetByOperationIdsAsync([Key])),
        ("Accounts.IsAccountFeeBumpEligibleAsync", "accounts.is_fee_bump_eligible", "channel_accounts",
            queries => queries.Accounts.IsAccountFeeBumpEligibleAsync(Account)),
        ("NativeBalances.GetByAccountAsync", "native_balances.by_account", "native_balances",
            queries => queries.NativeBalances.GetByAccountAsync(Account)),
        ("TrustlineBalances.GetByAccountAsync", "trustline_balances.by_account", "trustline_balances",
            queries => queries.TrustlineBalances.GetByAccountAsync(Account)),
        ("PoolShares.GetByAccountAsync", "liquidity_pool_balances.by_account", "liquidity_pool_balances",
            queries => queries.PoolShares.GetByAccountAsync(Account)),
        ("SacBalances.GetByAccountAsync", "sac_balances.by_account", "sac_balances",
            queries => queries.SacBalances.GetByAccountAsync(Account)),
        ("Sep41Balances.GetByAccountAsync", "sep41_balances.by_account", "sep41_balances",
            queries => queries.Sep41Balances.GetByAccountAsync(Account)),
        ("Sep41Allowances.GetByOwnerAsync", "sep41_allowances.by_owner", "sep41_allowances",
            queries => queries.Sep41Allowances.GetByOwnerAsync(Account)),
        ("AccountContractTokens.GetByAccountAsync", "account_contract_tokens.by_account", "account_contract_tokens",
            queries => queries.AccountContractTokens.GetByAccountAsync(Account)),
        ("ContractTokens.GetExistingAsync", "contract_tokens.get_existing", "contract_tokens",
            queries => queries.ContractTokens.GetExistingAsync(["C"])),
        ("ContractTokens.GetByAssetAsync", "contract_tokens.by_asset", "contract_tokens",
            queries => queries.ContractTokens.GetByAssetAsync("A", "G")),
        ("TrustlineAssets.GetAsync", "trustline_assets.get", "trustline_assets", queries => queries.TrustlineAssets.GetAsync("A", "G")),
        ("TrustlineAssets.GetTotalsAsync", "trustline_balances.totals", "trustline_balances",
            queries => queries.TrustlineAssets.GetTotalsAsync(Guid.Empty)),
        ("LiquidityPools.GetByIdsAsync", "liquidity_pools.by_ids", "liquidity_pools",
            queries => queries.LiquidityPools.GetByIdsAsync(["a"])),
        ("IngestStore.SetAsync", "ingest_store.set", "ingest_store", queries => queries.IngestStore.SetAsync("k", 5)),
        ("IngestStore.GetAsync", "ingest_store.get", "ingest_store", queries => queries.IngestStore.GetAsync("k")),
        ("IngestStore.UpdateGuardedAsync", "ingest_store.update_guarded", "ingest_store",
            queries => queries.IngestStore.UpdateGuardedAsync("k", [5], 6)),
        ("IngestStore.UpdateMinAsync", "ingest_store.update_min", "ingest_store", queries => queries.IngestStore.UpdateMinAsync("k", 4)),
        ("IngestStore.CompareAndSwapAsync", "ingest_store.compare_and_swap", "ingest_store",
            queries => queries.IngestStore.CompareAndSwapAsync("k", 4, 5)),
        ("IngestStore.FindGapsAsync", "ingest_store.gaps", "transactions", queries => queries.IngestStore.FindGapsAsync(1, 2)),
        ("StellarQueries.GetTablesAsync", "catalogue.tables", "pg_class", queries => queries.GetTablesAsync()),
    ];

    [Fact]
    public void Methods_OfTheTable_AreAllPublicOnes()
    {
        IEnumerable<Type> models = typeof(StellarQueries).GetProperties().Select(property => property.PropertyType);
        IEnumerable<string> asynchronous = models.Append(typeof(StellarQueries)).SelectMany(
            type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => method.ReturnType.IsAssignableTo(typeof(Task)))
                .Select(method => $"{type.Name}.{method.Name}")).Distinct();
        Assert.Equal(asynchronous.Order(StringComparer.Ordinal), Methods.Select(one => one.Method).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Methods_AskedOnce_ReportNameAndTableInMetricsAndInTheSlowLog()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync();
        foreach ((string method, string name, string table, Func<StellarQueries, Task> ask) in Methods)
        {
            using var recorder = new TelemetryRecorder(StellarTelemetry.Name);
            using var log = new LineLogger();
            await ask(new StellarQueries(database.DataSource, new QueryOptions { Log = log, SlowQuery = TimeSpan.Zero }));

            // Some methods first ask what is in the columnstore.
            Assert.Equal(
                [$"{method}: {name} on {table}"],
                recorder.Of("pipeline.query.duration").Select(one => $"{one.Tags["query"]} on {one.Tags["db.collection.name"]}")
                    .Where(one => !one.StartsWith("timescale.", StringComparison.Ordinal)).Select(one => $"{method}: {one}"));
            Assert.StartsWith($"Warning: The query {name} on {table} took ", log.Lines[^1], StringComparison.Ordinal);
        }
    }
}
