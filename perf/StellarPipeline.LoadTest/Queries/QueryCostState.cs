using System.Globalization;
using Npgsql;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Xdr;

namespace StellarPipeline.LoadTest.Queries;

/// <summary>
/// Tables of the current state, filled by formulas: 400 assets, contracts and pools; ten rows of each kind for each account, and all 400
/// for the first ten accounts.
/// </summary>
/// <param name="accounts">Number of accounts.</param>
internal sealed class QueryCostState(int accounts)
{
    /// <summary>Number of accounts with a row of every thing.</summary>
    public const int Rich = 10;

    private const int Things = 400;
    private const int Wanted = 50;

    // An account's rows: things that lie apart, so that the rows of one thing are spread over the accounts.
    private const string Pairs = """
        SELECT a, (a * 37 + k * 41) % 400 AS t FROM generate_series(10, $1 - 1) AS a, generate_series(0, 9) AS k
        UNION SELECT a, t FROM generate_series(0, 9) AS a, generate_series(0, 399) AS t
        """;

    private static readonly string[] Codes = [.. Enumerable.Range(0, Things).Select(number => FormattableString.Invariant($"C{number}"))];
    private static readonly string[] Issuers = [.. Enumerable.Range(0, Things).Select(number => QueryCostData.Account(number).Text)];
    private static readonly string[] Contracts = [.. Enumerable.Range(0, Things).Select(Contract)];

    /// <summary>The measured queries of the state: each method, for any account and for one with 400 rows.</summary>
    public IReadOnlyList<(string Name, string Shape, Func<Random, Task> Ask)> Cases(NpgsqlConnection database)
    {
        var queries = new StellarQueries(database, "public");
        StellarAddress Someone(Random dice) => QueryCostData.Account(dice.Next(Rich, accounts));
        StellarAddress Owner(Random dice) => QueryCostData.Account(dice.Next(Rich));
        return
        [
            ("native_balances.by_account", "kept", dice => queries.NativeBalances.GetByAccountAsync(Someone(dice))),
            .. Lists("trustline_balances", account => queries.TrustlineBalances.GetByAccountAsync(account, Wanted)),
            .. Lists("sac_balances", account => queries.SacBalances.GetByAccountAsync(account, Wanted)),
            .. Lists("sep41_balances", account => queries.Sep41Balances.GetByAccountAsync(account, Wanted)),
            .. Lists("sep41_allowances", account => queries.Sep41Allowances.GetByOwnerAsync(account, Wanted)),
            .. Lists("account_contract_tokens", account => queries.AccountContractTokens.GetByAccountAsync(account, Wanted)),
            .. Lists("liquidity_pool_balances", account => queries.PoolShares.GetByAccountAsync(account, Wanted)),
            ("liquidity_pools.by_ids, 50", "kept",
                dice => queries.LiquidityPools.GetByIdsAsync(Some(dice).Select(Pool))),
            ("contract_tokens.existing, 50", "kept",
                dice => queries.ContractTokens.GetExistingAsync(Some(dice).Select(number => Contracts[number]))),
            ("contract_tokens.by_asset", "kept: whole table", dice => AskAsync(dice, queries.ContractTokens.GetByAssetAsync)),
            ("trustline_assets.get", "kept", dice => AskAsync(dice, queries.TrustlineAssets.GetAsync)),
            ("trustline_balances.totals", "kept: whole table",
                dice => queries.TrustlineAssets.GetTotalsAsync(Id(dice.Next(Things)))),
            ("accounts.is_fee_bump_eligible", "kept", dice => queries.Accounts.IsAccountFeeBumpEligibleAsync(Someone(dice))),
            ("ingest_store.get", "kept", _ => queries.IngestStore.GetAsync(IngestStore.Latest)),
        ];

        (string Name, string Shape, Func<Random, Task> Ask)[] Lists(string table, Func<StellarAddress, Task> ask) =>
        [
            ($"{table}, account with 10 rows", "kept", dice => ask(Someone(dice))),
            ($"{table}, account with 400 rows", "kept", dice => ask(Owner(dice))),
        ];

        static IEnumerable<int> Some(Random dice) => Enumerable.Range(0, Wanted).Select(_ => dice.Next(Things));

        static Task AskAsync<T>(Random dice, Func<string, string, CancellationToken, Task<T>> ask)
        {
            int number = dice.Next(Things);
            return ask(Codes[number], Issuers[number], CancellationToken.None);
        }
    }

    /// <summary>Makes the rows.</summary>
    public async Task FillAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        string account = QueryCostData.AccountSql("a");
        const string thing = "lpad(to_hex(t), 32, '0')::uuid";
        const string pool = "lpad(t::text, 64, '0')";
        await RunAsync(
            $"INSERT INTO native_balances SELECT {account}, a, 10000000, 0, 0, 3, 1000 FROM generate_series(0, $1 - 1) AS a", accounts);
        await RunAsync(
            "INSERT INTO trustline_assets SELECT lpad(to_hex(t - 1), 32, '0')::uuid, code, issuer FROM unnest($1::text[], $2::text[]) WITH "
                + "ORDINALITY AS n(code, issuer, t)", Codes, Issuers);
        await RunAsync(
            "INSERT INTO contract_tokens SELECT lpad(to_hex(t - 1), 32, '0')::uuid, contract, 'SAC', code, issuer, code, code, 7 FROM "
                + "unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS n(contract, code, issuer, t)", Contracts, Codes, Issuers);
        await RunAsync(
            $"INSERT INTO liquidity_pools SELECT {pool}, 'native', t, 'C:G', t, 1000 FROM generate_series(0, $1 - 1) AS t", Things);
        await RunAsync($"INSERT INTO trustline_balances SELECT {account}, {thing}, a, 1000000000, 0, 0, 1, 1000 FROM ({Pairs}) AS p",
            accounts);
        await RunAsync($"INSERT INTO sac_balances SELECT {account}, {thing}, a, true, false, 1000 FROM ({Pairs}) AS p", accounts);
        await RunAsync($"INSERT INTO sep41_balances SELECT {account}, {thing}, a, 1000 FROM ({Pairs}) AS p", accounts);
        await RunAsync(
            $"INSERT INTO sep41_allowances SELECT {account}, {QueryCostData.AccountSql("t")}, {thing}, a, "
                + $"1000000000, 1000 FROM ({Pairs}) AS p", accounts);
        await RunAsync($"INSERT INTO liquidity_pool_balances SELECT {account}, {pool}, a, 1000 FROM ({Pairs}) AS p", accounts);
        await RunAsync(
            $"INSERT INTO account_contract_tokens SELECT names[a + 1], {thing} FROM ({Pairs}) AS p, (SELECT $2::text[] AS names) AS n",
            accounts, Enumerable.Range(0, accounts).Select(rank => QueryCostData.Account(rank).Text).ToArray());
        await RunAsync("INSERT INTO ingest_store VALUES ('latest_ingest_ledger', '1000')");
        await RunAsync("VACUUM ANALYZE");

        async Task RunAsync(string statement, params object[] values)
        {
#pragma warning disable CA2100 // Only constants.
            await using NpgsqlCommand command = database.CreateCommand(statement);
#pragma warning restore CA2100
            command.CommandTimeout = 0;
            foreach (object value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static Guid Id(int number) => Guid.ParseExact(number.ToString("x32", CultureInfo.InvariantCulture), "N");

    private static string Pool(int number) => number.ToString("D64", CultureInfo.InvariantCulture);

    private static string Contract(int number) => StrKey.Encode(StrKeyKind.Contract, QueryCostData.Key(number));
}
