using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Stellar.Tests.Jobs.Populate;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>The texts of the queries as the server gets them are those of the file that people read, <c>Queries/queries.sql</c>.</summary>
public sealed class QueryTextTests
{
    private const string End = "\n;\n";

    [SkippableFact]
    public async Task Texts_OfEveryMethod_AreThoseOfTheFile()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync();
        using var log = new LineLogger();
        await AskAsync(new StellarQueries(database.DataSource, new QueryOptions { Log = log, SlowQuery = TimeSpan.Zero }));

        Assert.Equal(Sent(log), Documented().TakeWhile(text => !IsColumnstore(text)));
    }

    [SkippableFact]
    public async Task Texts_InTheColumnstore_AreThoseOfTheFile()
    {
        await using HistoryBench bench = await HistoryBench.OfGeneratedAsync(40, isHypertable: true);
        using var log = new LineLogger();
        var queries = new StellarQueries(bench.Database.DataSource, new QueryOptions { Log = log, SlowQuery = TimeSpan.Zero });
        var early = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var account = StellarAddress.Parse("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN");
        var range = new TimeRange(early, early);
        EventKey[] pairs = [new EventKey(1, early)];

        await queries.Transactions.GetAllAsync(
            new PageRequest<EventCursor> { From = new EventCursor(early, 1), Range = range }, TransactionColumns.Hash);
        await queries.StateChanges.GetByAccountAsync(
            account, new PageRequest<StateChangeCursor> { From = new StateChangeCursor(early, 1, 1, 1), Range = range }, null,
            StateChangeColumns.Category);
        await queries.StateChanges.GetByToIdsAsync(pairs, 10, SortOrder.Ascending, StateChangeColumns.Category);
        await queries.StateChanges.GetByOperationIdsAsync(pairs, 10, SortOrder.Descending, StateChangeColumns.Category);
        await queries.Accounts.GetByToIdsAsync(pairs);
        await queries.Accounts.GetByOperationIdsAsync(pairs);

        Assert.Equal(Sent(log).Where(IsColumnstore), Documented().SkipWhile(text => !IsColumnstore(text)));
    }

    private static bool IsColumnstore(string text) => text.Split('\n')[0].Contains("columnstore", StringComparison.Ordinal);

    private static List<string> Sent(LineLogger log) =>
        [.. log.Lines.Select(line => line[line.IndexOf("-- ", StringComparison.Ordinal)..])];

    private static IEnumerable<string> Documented() =>
        File.ReadAllText(Repository.PathOf("src/StellarPipeline.Stellar/Queries/queries.sql"))
            .Split(End, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => text[(text.IndexOf("-- ", StringComparison.Ordinal) is var begin and >= 0 ? begin : 0)..]);

    /// <summary>Every method once, with everything that it can be asked for; accounts, categories and hashes do not matter.</summary>
    private static async Task AskAsync(StellarQueries queries)
    {
        var account = StellarAddress.Parse("GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN");
        var time = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var range = new TimeRange(time, time);
        var page = new PageRequest<EventCursor> { From = new EventCursor(time, 1), Range = range };
        var changes = new PageRequest<StateChangeCursor> { From = new StateChangeCursor(time, 1, 1, 1), Range = range };
        var inner = new PageRequest<ChangeCursor> { From = new ChangeCursor(1, 1, 1), Order = SortOrder.Ascending };
        EventKey[] ids = [new EventKey(1)], pairs = [new EventKey(1, time)];
        const TransactionColumns transaction = TransactionColumns.Hash;
        const OperationColumns operation = OperationColumns.OperationType;
        const StateChangeColumns change = StateChangeColumns.Category;

        await queries.Transactions.GetByHashAsync(new string('0', 64), transaction);
        await queries.Transactions.GetAllAsync(page, transaction);
        await queries.Transactions.GetByLedgerAsync(1, page with { Order = SortOrder.Ascending }, transaction);
        await queries.Transactions.GetByAccountAsync(account, page, transaction);
        await queries.Transactions.GetByAccountAsync(account, new PageRequest<EventCursor> { Order = SortOrder.Ascending }, transaction);
        await queries.Transactions.GetByIdsAsync(pairs, transaction);
        await queries.Transactions.GetByOperationIdsAsync(pairs, transaction);
        await queries.Transactions.GetByOperationIdsAsync(ids, transaction);
        await queries.Operations.GetByIdAsync(ids[0], operation);
        await queries.Operations.GetByAccountAsync(account, page, operation);
        await queries.Operations.GetByToIdAsync(pairs[0], page with { Order = SortOrder.Ascending }, operation);
        await queries.Operations.GetByToIdsAsync(pairs, 10, SortOrder.Ascending, operation);
        await queries.Accounts.GetByToIdsAsync(pairs);
        await queries.Accounts.GetByOperationIdsAsync(pairs);
        await queries.Accounts.IsAccountFeeBumpEligibleAsync(account);
        await queries.StateChanges.GetAllAsync(changes, change);
        await queries.StateChanges.GetByAccountAsync(account, changes, null, change);
        await queries.StateChanges.GetByAccountAsync(
            account, changes, new StateChangeFilter { TransactionHash = new string('0', 64), OperationId = 1 }, change);
        await queries.StateChanges.GetByAccountAsync(account, changes, new StateChangeFilter { Category = "BALANCE" }, change);
        await queries.StateChanges.GetByAccountAsync(
            account, changes, new StateChangeFilter { Category = "BALANCE", Reason = "DEBIT" }, change);
        await queries.StateChanges.GetByToIdAsync(ids[0], inner, change);
        await queries.StateChanges.GetFeesAsync(pairs[0], change);
        await queries.StateChanges.GetByOperationIdAsync(pairs[0], inner, change);
        await queries.StateChanges.GetByToIdsAsync(ids, 10, SortOrder.Ascending, change);
        await queries.StateChanges.GetByOperationIdsAsync(pairs, 10, SortOrder.Descending, change);
        await queries.NativeBalances.GetByAccountAsync(account);
        await queries.TrustlineBalances.GetByAccountAsync(account, 50, $"tl.{Guid.Empty:N}");
        await queries.PoolShares.GetByAccountAsync(account);
        await queries.SacBalances.GetByAccountAsync(account);
        await queries.Sep41Balances.GetByAccountAsync(account);
        await queries.Sep41Allowances.GetByOwnerAsync(account, 50, $"al.{new string('A', 66)}");
        await queries.AccountContractTokens.GetByAccountAsync(account);
        await queries.ContractTokens.GetExistingAsync(["C"]);
        await queries.ContractTokens.GetByAssetAsync("A", "G");
        await queries.TrustlineAssets.GetAsync("A", "G");
        await queries.TrustlineAssets.GetTotalsAsync(Guid.Empty);
        await queries.LiquidityPools.GetByIdsAsync(["a"]);
        await queries.IngestStore.GetAsync("k");
        await queries.IngestStore.ReadAsync(["k"], default);
        await queries.IngestStore.SetAsync("k", 5);
        await queries.IngestStore.UpdateGuardedAsync("k", [5], 6);
        await queries.IngestStore.UpdateGuardedAsync("k", [6], 7, ("m", "v"), default);
        await queries.IngestStore.UpdateMinAsync("k", 4);
        await queries.IngestStore.CompareAndSwapAsync("k", 4, 5);
        await queries.IngestStore.FindGapsAsync(1, 2);
        await queries.GetTablesAsync();
    }
}
