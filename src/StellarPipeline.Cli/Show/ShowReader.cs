using System.Globalization;
using StellarPipeline.Cli.Output;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Cli.Show;

/// <summary>Reads the items to show, all from one snapshot of the database.</summary>
/// <param name="queries">The queries, in one transaction.</param>
/// <param name="tables">The existing tables.</param>
/// <param name="limit">Maximum rows of each list.</param>
/// <param name="after">Cursor after which the list continues; null for its beginning.</param>
internal sealed partial class ShowReader(StellarQueries queries, IReadOnlySet<string> tables, int limit, string? after)
{
    /// <summary>Formats a time.</summary>
    public static string Time(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A transaction by its hash.</summary>
    public async Task<TransactionView> TransactionAsync(string hash, CancellationToken cancellationToken)
    {
        Require("transactions", "operations", "state_changes", "transactions_accounts", "operations_accounts");
        TransactionRow row = await queries.Transactions.GetByHashAsync(hash, cancellationToken: cancellationToken)
            ?? throw await NotHereAsync($"The tables contain no transaction {hash.ToLowerInvariant()}.", cancellationToken);
        var key = new EventKey(row.ToId, row.LedgerCreatedAt);
        EventCursor? from = From<EventCursor>(
            cursor => Toid.TransactionOf(cursor.Id) == row.ToId && cursor.LedgerCreatedAt == row.LedgerCreatedAt);
        Page<OperationRow, EventCursor> page = await queries.Operations.GetByToIdAsync(
            key, new PageRequest<EventCursor> { Limit = limit, Order = SortOrder.Ascending, From = from },
            OperationColumns.OperationType | OperationColumns.ResultCode, cancellationToken);
        RequireRest(page.Rows.Count, "operations of this transaction");
        EventKey[] operations = [.. page.Rows.Select(operation => new EventKey(operation.Id, operation.LedgerCreatedAt))];
        IReadOnlyDictionary<long, Page<StateChangeRow, ChangeCursor>> changes = operations.Length == 0
            ? new Dictionary<long, Page<StateChangeRow, ChangeCursor>>()
            : await queries.StateChanges.GetByOperationIdsAsync(
                operations, limit, SortOrder.Ascending, cancellationToken: cancellationToken);
        IReadOnlyList<StateChangeRow> fees = await queries.StateChanges.GetFeesAsync(key, cancellationToken: cancellationToken);
        TokenNames names = await NamesAsync(changes.Values.SelectMany(ofOperation => ofOperation.Rows).Concat(fees), cancellationToken);
        IReadOnlyDictionary<long, IReadOnlyList<string>> participants = await queries.Accounts.GetByToIdsAsync([key], cancellationToken);
        return View(row) with
        {
            Participants = participants.GetValueOrDefault(row.ToId) ?? [],
            Changes = new ListView<ChangeView>([.. fees.Select(change => View(change, names))], null),
            Operations = new ListView<OperationView>(
                [
                    .. page.Rows.Select(operation => View(operation) with
                    {
                        Changes = changes.TryGetValue(operation.Id, out Page<StateChangeRow, ChangeCursor>? ofOperation)
                            ? new ListView<ChangeView>([.. ofOperation.Rows.Select(change => View(change, names))], Next(ofOperation))
                            : null,
                    }),
                ],
                Next(page)),
        };
    }

    /// <summary>An operation by its id.</summary>
    public async Task<(OperationView Operation, TransactionView? Transaction)> OperationAsync(long id, CancellationToken cancellationToken)
    {
        Require("transactions", "operations", "state_changes", "operations_accounts");
        OperationRow row = await queries.Operations.GetByIdAsync(new EventKey(id), cancellationToken: cancellationToken)
            ?? throw await NotHereAsync(FormattableString.Invariant(
                $"The tables contain no operation {id}, whose id belongs to ledger {Toid.LedgerOf(id):N0}."), cancellationToken);
        var key = new EventKey(row.Id, row.LedgerCreatedAt);
        ChangeCursor? from = From<ChangeCursor>(cursor => cursor.OperationId == id && cursor.ToId == Toid.TransactionOf(id));
        Page<StateChangeRow, ChangeCursor> changes = await queries.StateChanges.GetByOperationIdAsync(
            key, new PageRequest<ChangeCursor> { Limit = limit, Order = SortOrder.Ascending, From = from },
            cancellationToken: cancellationToken);
        RequireRest(changes.Rows.Count, "state changes of this operation");
        TokenNames names = await NamesAsync(changes.Rows, cancellationToken);
        IReadOnlyDictionary<long, IReadOnlyList<string>> participants =
            await queries.Accounts.GetByOperationIdsAsync([key], cancellationToken);
        IReadOnlyDictionary<long, TransactionRow> transactions =
            await queries.Transactions.GetByOperationIdsAsync([key], cancellationToken: cancellationToken);
        OperationView operation = View(row) with
        {
            Participants = participants.GetValueOrDefault(row.Id) ?? [],
            Xdr = row.OperationXdr,
            Changes = new ListView<ChangeView>([.. changes.Rows.Select(change => View(change, names))], Next(changes)),
        };
        return (operation, transactions.TryGetValue(row.Id, out TransactionRow? transaction) ? View(transaction) : null);
    }

    /// <summary>A ledger by its number.</summary>
    public async Task<LedgerView> LedgerAsync(uint ledger, CancellationToken cancellationToken)
    {
        Require("transactions");
        EventCursor? from = From<EventCursor>(cursor => Toid.LedgerOf(cursor.Id) == ledger);
        Page<TransactionRow, EventCursor> page = await queries.Transactions.GetByLedgerAsync(
            ledger, new PageRequest<EventCursor> { Limit = limit, Order = SortOrder.Ascending, From = from },
            cancellationToken: cancellationToken);
        RequireRest(page.Rows.Count, FormattableString.Invariant($"transactions of ledger {ledger:N0}"));
        if (page.Rows.Count == 0)
        {
            throw await NotHereAsync(
                FormattableString.Invariant($"The tables contain no transactions of ledger {ledger:N0}."), cancellationToken);
        }

        return new LedgerView(
            ledger, Time(page.Rows[0].LedgerCreatedAt), new ListView<TransactionView>([.. page.Rows.Select(View)], Next(page)));
    }

    /// <summary>An asset.</summary>
    public async Task<AssetView> AssetAsync(string code, string issuer, CancellationToken cancellationToken)
    {
        Require("trustline_assets", "trustline_balances", "contract_tokens");
        Guid? id = await queries.TrustlineAssets.GetAsync(code, issuer, cancellationToken);
        ContractTokenRow? contract = await queries.ContractTokens.GetByAssetAsync(code, issuer, cancellationToken);
        if (id is null && contract is null)
        {
            throw await NotHereAsync(
                $"The tables do not contain the asset {code}:{issuer}: no trustline and no contract belongs to it.", cancellationToken);
        }

        (long trustlines, long holders, System.Numerics.BigInteger sum) =
            id is { } known ? await queries.TrustlineAssets.GetTotalsAsync(known, cancellationToken) : default;
        return new AssetView(
            $"{code}:{issuer}", trustlines, holders, AmountText.Fixed(sum), contract is null ? null : TokenNames.View(contract));
    }

    private static string? Next<TRow, TCursor>(Page<TRow, TCursor> page)
        where TCursor : struct, IPageCursor<TCursor> => page is { HasMore: true, End: { } end } ? CursorText.Write(end) : null;

    private static TransactionView View(TransactionRow row) => new(
        row.ToId, row.Hash!, Toid.LedgerOf(row.ToId), Toid.PlaceOfTransaction(row.ToId), Time(row.LedgerCreatedAt), row.ResultCode!,
        row.IsFeeBump!.Value,
        AmountText.Fixed(row.FeeCharged!.Value), null, null, null);

    private static OperationView View(OperationRow row) =>
        new(row.Id, Toid.PlaceOfOperation(row.Id), row.OperationType!, row.ResultCode!, null, null, null);

    private static ChangeView View(StateChangeRow row, TokenNames names)
    {
        string? asset = row.Token is { } token ? names.Name(token) : row.LiquidityPool is { } pool ? $"shares of pool {pool}" : null;
        string Amount(string units) =>
            row.Token is { } of
                ? names.Amount(of, units)
                : AmountText.Fixed(System.Numerics.BigInteger.Parse(units, CultureInfo.InvariantCulture));
        string words = ChangeWords.Of(column => Field(row, column), row.Account!, asset, Amount);
        return new ChangeView(
            Time(row.LedgerCreatedAt), Toid.LedgerOf(row.ToId), row.ToId, row.OperationId, row.Account!, row.Category!, row.Reason!,
            row.Amount is { } amount ? Amount(amount.ToString(CultureInfo.InvariantCulture)) : null, asset, words);
    }

    private static string? Field(StateChangeRow row, string column) => column switch
    {
        "state_change_category" => row.Category,
        "state_change_reason" => row.Reason,
        "amount" => row.Amount?.ToString(CultureInfo.InvariantCulture),
        "signer_account_id" => row.Signer,
        "creator_account_id" => row.Creator,
        "destination_account_id" => row.Destination,
        "signer_weight_old" => Number(row.SignerWeightBefore),
        "signer_weight_new" => Number(row.SignerWeightAfter),
        "threshold" => row.Threshold,
        "threshold_old" => Number(row.ThresholdBefore),
        "threshold_new" => Number(row.ThresholdAfter),
        "trustline_limit_old" => row.TrustlineLimitBefore,
        "trustline_limit_new" => row.TrustlineLimitAfter,
        "flags" => Number(row.Flags),
        "data_entry_name" => row.DataEntryName,
        "key_value" => row.KeyValue,
        _ => throw new ArgumentException($"No column {column} is shown.", nameof(column)),
    };

    private static string? Number(short? value) => value?.ToString(CultureInfo.InvariantCulture);

    private async Task<TokenNames> NamesAsync(IEnumerable<StateChangeRow> changes, CancellationToken cancellationToken)
    {
        HashSet<string> contracts = [.. changes.Select(change => change.Token).OfType<string>()];
        return new TokenNames(
            contracts.Count == 0 || !tables.Contains("contract_tokens")
                ? new Dictionary<string, ContractTokenRow>()
                : await queries.ContractTokens.GetExistingAsync(contracts, cancellationToken),
            contracts.Count == 0 ? null : await NetworkAsync(cancellationToken));
    }

    private async Task<StellarNetwork?> NetworkAsync(CancellationToken cancellationToken)
    {
        if (!tables.Contains("ingest_store")) return null;
        IReadOnlyDictionary<string, string> rows = await queries.IngestStore.ReadAsync([LastLoad.Key], cancellationToken);
        return rows.TryGetValue(LastLoad.Key, out string? record) ? LastLoad.NetworkIn(record) : null;
    }

    // A cursor for lists inside one item holds the item: that of another one would skip everything or nothing.
    private TCursor? From<TCursor>(Func<TCursor, bool> isOfThis)
        where TCursor : struct, IPageCursor<TCursor>
    {
        if (after is null) return null;
        TCursor cursor = CursorText.Read<TCursor>(after);
        return isOfThis(cursor) ? cursor : throw QueryThrow.NoCursor(after);
    }

    /// <summary>Refuses to show nothing instead of the rest of a list.</summary>
    private void RequireRest(int rows, string list)
    {
        if (rows > 0 || after is null) return;
        throw new CommandLineException(FailureKind.Usage, $"The {list} end with this cursor: there are none after it.");
    }

    private void Require(params string[] needed)
    {
        if (Array.Find(needed, table => !tables.Contains(table)) is not { } missing) return;
        throw new CommandLineException(
            FailureKind.Usage,
            $"Table {missing} does not exist. populate creates and fills the wallet tables; backfill and live create and fill the history "
                + "tables. If wallet-backend has created them, name their schema with --schema.");
    }

    private async Task<CommandLineException> NotHereAsync(string what, CancellationToken cancellationToken)
    {
        string range = await LedgersAsync(cancellationToken);
        return new CommandLineException(FailureKind.Usage, $"{what} {range}");
    }

    /// <summary>A sentence about the ledgers that the tables contain.</summary>
    private async Task<string> LedgersAsync(CancellationToken cancellationToken)
    {
        if (!tables.Contains("ingest_store")) return "They do not record which ledgers they contain.";
        uint? latest = await queries.IngestStore.GetAsync(IngestStore.Latest, cancellationToken);
        uint? oldest = await queries.IngestStore.GetAsync(IngestStore.Oldest, cancellationToken);
        return latest is null
            ? "They do not record which ledgers they contain."
            : FormattableString.Invariant($"Their cursors say: history from ledger {oldest ?? latest:N0}, state of ledger {latest:N0}.");
    }
}
