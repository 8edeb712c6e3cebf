using StellarPipeline.Cli.Output;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Cli.Show;

/// <content>Accounts and contracts.</content>
internal sealed partial class ShowReader
{
    // The lists of an account, and the tables that each is read from.
    private static readonly Dictionary<string, string[]> TablesOfLists = new(StringComparer.Ordinal)
    {
        ["trustlines"] = ["trustline_balances", "trustline_assets"],
        ["pools"] = ["liquidity_pool_balances", "liquidity_pools"],
        ["assets"] = ["sac_balances", "contract_tokens"],
        ["tokens"] = ["sep41_balances", "contract_tokens"],
        ["contract-tokens"] = ["account_contract_tokens", "contract_tokens"],
        ["allowances"] = ["sep41_allowances", "contract_tokens", "ingest_store"],
        ["changes"] = ["state_changes", "transactions_accounts"],
    };

    /// <summary>Names of the lists of an account.</summary>
    public static IReadOnlyCollection<string> AccountLists => TablesOfLists.Keys;

    // Names of the flags of a trustline's ledger entry, lowest bit first.
    private static readonly string[] TrustlineFlags = ["authorized", "authorized to maintain liabilities", "clawback enabled"];

    /// <summary>An account or contract.</summary>
    /// <param name="account">Its address.</param>
    /// <param name="list">The only list to show; null for all.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<AccountView> AccountAsync(StellarAddress account, string? list, CancellationToken cancellationToken)
    {
        Require("native_balances", "trustline_balances");
        NativeBalanceRow? native = await queries.NativeBalances.GetByAccountAsync(account, cancellationToken);
        ContractTokenRow? token = account.IsContract && tables.Contains("contract_tokens")
            ? (await queries.ContractTokens.GetExistingAsync([account.Text], cancellationToken)).GetValueOrDefault(account.Text) : null;
        var view = new AccountView(
            account.Text, account.Muxed, account.MuxedId,
            tables.Contains("ingest_store") ? await queries.IngestStore.GetAsync(IngestStore.Latest, cancellationToken) : null,
            native is null ? null : View(native),
            token is null ? null : TokenNames.View(token),
            await ListAsync(list, "trustlines",
                () => queries.TrustlineBalances.GetByAccountAsync(account, limit, after, cancellationToken), View),
            await ListAsync(list, "pools",
                () => queries.PoolShares.GetByAccountAsync(account, limit, after, cancellationToken), View),
            await ListAsync(list, "assets",
                () => queries.SacBalances.GetByAccountAsync(account, limit, after, cancellationToken), View),
            await ListAsync(
                list, "tokens", () => queries.Sep41Balances.GetByAccountAsync(account, limit, after, cancellationToken),
                row => TokenNames.View(row.Token, row.Balance)),
            await ListAsync(
                list, "contract-tokens", () =>
                    queries.AccountContractTokens.GetByAccountAsync(account, limit, after, cancellationToken), row => TokenNames.View(row)),
            await ListAsync(
                list, "allowances", () => queries.Sep41Allowances.GetByOwnerAsync(account, limit, after, cancellationToken), View),
            await ChangesAsync(account, list, cancellationToken));
        if (!IsKnown(view) && after is null && list is null)
        {
            throw await NotHereAsync(
                $"The tables contain nothing about {(account.IsContract ? "contract" : "account")} {account.Text}: it never existed, or "
                    + $"it was removed and has no history in the tables.", cancellationToken);
        }

        return view;
    }

    private static bool IsKnown(AccountView view) =>
        view.Native is not null || view.Token is not null || new[]
        {
            view.Trustlines?.Rows.Count, view.Pools?.Rows.Count, view.Assets?.Rows.Count, view.Tokens?.Rows.Count,
            view.ContractTokens?.Rows.Count, view.Allowances?.Rows.Count,
            view.Changes?.Rows.Count,
        }.Any(count => count > 0);

    private static NativeView View(NativeBalanceRow row) => new(
        AmountText.Fixed(row.Balance), AmountText.Fixed(row.MinimumBalance), AmountText.Fixed(row.BuyingLiabilities),
        AmountText.Fixed(row.SellingLiabilities), row.NumSubentries, row.LastModifiedLedger);

    private static TrustlineView View(TrustlineBalanceRow row)
    {
        string flags = string.Join(", ", TrustlineFlags.Where((_, bit) => (row.Flags & (1 << bit)) != 0));
        return new TrustlineView(
            $"{row.Code}:{row.Issuer}", AmountText.Fixed(row.Balance), AmountText.Fixed(row.TrustLimit),
            AmountText.Fixed(row.BuyingLiabilities), AmountText.Fixed(row.SellingLiabilities),
            flags.Length == 0 ? "not authorized" : flags, row.LastModifiedLedger);
    }

    private static PoolView View(PoolShareRow row) =>
        new(row.PoolId, AmountText.Fixed(row.Shares), row.Pool?.AssetA, row.Pool?.AssetB, row.LastModifiedLedger);

    private static TokenView View(SacBalanceRow row)
    {
        string note = $"{(row.IsAuthorized ? "authorized" : "not authorized")}{(row.IsClawbackEnabled ? ", clawback enabled" : "")}";
        return TokenNames.View(row.Token, balance: row.Balance, note: note);
    }

    private static AllowanceView View(Sep41AllowanceRow row) =>
        new(row.Spender, row.Token.Contract, TokenNames.Text(row.Token, row.Amount), row.ExpirationLedger);

    /// <summary>Whether a list is shown: all whose tables exist, or the only one, whose tables must exist.</summary>
    private bool IsShown(string? only, string name)
    {
        if (only == name) Require(TablesOfLists[name]);
        return only is null ? TablesOfLists[name].All(tables.Contains) : only == name;
    }

    private async Task<ListView<TView>?> ListAsync<TRow, TView>(
        string? only, string name, Func<Task<KeyedPage<TRow>>> read, Func<TRow, TView> view)
    {
        if (!IsShown(only, name)) return null;
        KeyedPage<TRow> page = await read();
        RequireRest(page.Rows.Count, $"{name} of this account");
        return new ListView<TView>([.. page.Rows.Select(view)], page.Next);
    }

    private async Task<ListView<ChangeView>?> ChangesAsync(StellarAddress account, string? list, CancellationToken cancellationToken)
    {
        if (!IsShown(list, "changes")) return null;
        StateChangeCursor? from = after is null ? null : CursorText.Read<StateChangeCursor>(after);
        Page<StateChangeRow, StateChangeCursor> page = await queries.StateChanges.GetByAccountAsync(
            account, new PageRequest<StateChangeCursor> { Limit = limit, From = from }, cancellationToken: cancellationToken);
        RequireRest(page.Rows.Count, "changes of this account");
        TokenNames names = await NamesAsync(page.Rows, cancellationToken);
        return new ListView<ChangeView>([.. page.Rows.Select(row => View(row, names))], Next(page));
    }
}
