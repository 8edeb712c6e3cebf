using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>The state tables, filled at random: each list, walked with random limits, equals a naive answer over the same rows.</summary>
public sealed class StateModelPageTests
{
    private const uint Newest = 1000;

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(18)]
    public async Task Lists_OfRandomTables_AreTheNaiveOnes(int seed)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(
            database.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        var rows = new RandomRows(new Random(seed));
        await database.ExecuteAsync(rows.Sql());
        var queries = new StellarQueries(database.DataSource);
        await queries.IngestStore.SetAsync(IngestStore.Latest, Newest);
        foreach (StellarAddress owner in rows.Owners)
        {
            string who = owner.Text;
            Assert.Equal(rows.Native.Find(row => row.Account == who), await queries.NativeBalances.GetByAccountAsync(owner));
            await SameAsync(
                rows.Trustlines.Where(row => row.Account == who).OrderBy(row => Order(row.AssetId), StringComparer.Ordinal),
                (limit, after) => queries.TrustlineBalances.GetByAccountAsync(owner, limit, after));
            await SameAsync(
                rows.Sac.Where(row => row.Account == who).OrderBy(row => Order(row.Token.Id), StringComparer.Ordinal),
                (limit, after) => queries.SacBalances.GetByAccountAsync(owner, limit, after));
            await SameAsync(
                rows.Sep41.Where(row => row.Account == who).OrderBy(row => Order(row.Token.Id), StringComparer.Ordinal),
                (limit, after) => queries.Sep41Balances.GetByAccountAsync(owner, limit, after));
            await SameAsync(
                rows.Used.Where(pair => pair.Account == who).Select(pair => pair.Token).OrderBy(
                    row => Order(row.Id), StringComparer.Ordinal),
                (limit, after) => queries.AccountContractTokens.GetByAccountAsync(owner, limit, after));
            await SameAsync(
                rows.Shares.Where(row => row.Account == who).OrderBy(row => row.PoolId, StringComparer.Ordinal),
                (limit, after) => queries.PoolShares.GetByAccountAsync(owner, limit, after));
            await SameAsync(
                rows.Allowances.Where(row => row.Owner == who && row.ExpirationLedger >= Newest).OrderBy(
                    row => Convert.ToHexString(StellarAddress.Parse(row.Spender).Stored.Span) + Order(row.Token.Id),
                    StringComparer.Ordinal),
                (limit, after) => queries.Sep41Allowances.GetByOwnerAsync(owner, limit, after));
        }

        async Task SameAsync<TRow>(IEnumerable<TRow> naive, Func<int, string?, Task<KeyedPage<TRow>>> ask)
        {
            List<TRow> expected = [.. naive];
            for (int round = 0; round < 4; round++)
            {
                var walked = new List<TRow>();
                string? after = null;
                do
                {
                    int limit = rows.Random.Next(1, (expected.Count / (round + 1)) + 2);
                    KeyedPage<TRow> page = await ask(limit, after);
                    Assert.Equal(int.Min(limit, expected.Count - walked.Count), page.Rows.Count);
                    walked.AddRange(page.Rows);
                    after = page.Next;
                }
                while (after is not null);
                Assert.Equal(expected, walked);
            }
        }
    }

    [SkippableFact]
    public async Task Lookups_DuplicatesUnknownAndNone_AreTheKnownRowsOnce()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(
            database.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        var rows = new RandomRows(new Random(41));
        await database.ExecuteAsync(rows.Sql());
        var queries = new StellarQueries(database.DataSource);

        for (int round = 0; round < 20; round++)
        {
            List<LiquidityPoolRow> pools = [.. rows.Some(rows.Pools)];
            Assert.Equal(
                pools.ToDictionary(row => row.PoolId),
                await queries.LiquidityPools.GetByIdsAsync(
                    [.. pools.Select(row => row.PoolId), "unknown", "", .. pools.Select(row => row.PoolId)]));
            List<ContractTokenRow> tokens = [.. rows.Some(rows.Tokens)];
            Assert.Equal(
                tokens.ToDictionary(row => row.Contract),
                await queries.ContractTokens.GetExistingAsync(
                    ["unknown", "", .. tokens.Select(row => row.Contract), .. tokens.Select(row => row.Contract)]));
        }

        Assert.Empty(await queries.LiquidityPools.GetByIdsAsync([]));
        Assert.Empty(await queries.ContractTokens.GetExistingAsync([]));
        foreach (ContractTokenRow token in rows.Tokens.Where(row => row.Code is not null))
            Assert.Equal(token, await queries.ContractTokens.GetByAssetAsync(token.Code!, token.Issuer!));
        foreach ((Guid id, string code, string issuer) in rows.Assets)
        {
            Assert.Equal(id, await queries.TrustlineAssets.GetAsync(code, issuer));
            Assert.Null(await queries.TrustlineAssets.GetAsync(code.ToLowerInvariant(), issuer));
            List<TrustlineBalanceRow> lines = rows.Trustlines.FindAll(row => row.AssetId == id);
            Assert.Equal(
                (lines.Count, lines.Count(row => row.Balance > 0), lines.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Balance)),
                await queries.TrustlineAssets.GetTotalsAsync(id));
        }

        Assert.Equal((0, 0, 0), await queries.TrustlineAssets.GetTotalsAsync(Guid.Empty));
    }

    private static string Order(Guid id) => id.ToString("N");

    /// <summary>Random rows of all state tables, and the statements that write them.</summary>
    private sealed class RandomRows
    {
        public RandomRows(Random random)
        {
            Random = random;
            Owners = [.. Enumerable.Range(0, 8).Select(n => Address(n % 2 == 0 ? StrKeyKind.Account : StrKeyKind.Contract))];
            Assets = [.. Enumerable.Range(0, 70).Select(n => (Id(), $"ASSET{n}", Address(StrKeyKind.Account).Text))];
            Tokens =
            [
                .. Enumerable.Range(0, 60).Select(n => n % 3 == 0
                    ? new ContractTokenRow(
                        Id(), Address(StrKeyKind.Contract).Text, "SAC", $"SAC{n}", Address(StrKeyKind.Account).Text, $"Asset {n}", null, 7)
                    : new ContractTokenRow(
                        Id(), Address(StrKeyKind.Contract).Text, "sep41", null, null, n % 3 == 1 ? "Token" : null, "T", random.Next(19))),
            ];
            Pools = [.. Enumerable.Range(0, 50).Select(_ => new LiquidityPoolRow(Hex(), "native", Amount(), "B:G", Amount(), Ledger()))];
            foreach (StellarAddress owner in Owners.Skip(1))
            {
                string who = owner.Text;
                if (random.Next(4) > 0)
                    Native.Add(new NativeBalanceRow(who, Amount(), Amount(), Amount(), Amount(), random.Next(), Ledger()));
                Trustlines.AddRange(Some(Assets).Select(asset => new TrustlineBalanceRow(
                    who, asset.Id, asset.Code, asset.Issuer, random.Next(3) == 0 ? 0 : Amount(), Amount(), Amount(), Amount(),
                    random.Next(8), Ledger())));
                Sac.AddRange(Some(Tokens).Select(token => new SacBalanceRow(
                    who, token, $"{Wide()}.{random.Next(10_000_000):D7}", random.Next(2) == 0, random.Next(2) == 0, Ledger())));
                Sep41.AddRange(Some(Tokens).Select(token => new Sep41BalanceRow(who, token, Wide(), Ledger())));
                Used.AddRange(Some(Tokens).Select(token => (who, token)));
                IEnumerable<LiquidityPoolRow?> pools = [.. Some(Pools), null, null];
                Shares.AddRange(pools.Select(pool => new PoolShareRow(who, pool?.PoolId ?? Hex(), Amount(), pool, Ledger())));
                foreach (StellarAddress spender in Owners.Skip(random.Next(Owners.Count)))
                {
                    Allowances.AddRange(Some(Tokens).Select(token => new Sep41AllowanceRow(
                        who, spender.Text, token, Wide(), (int)Newest + random.Next(-2, 3), Ledger())));
                }
            }
        }

        public Random Random { get; }

        /// <summary>The first of them owns nothing.</summary>
        public List<StellarAddress> Owners { get; }

        public List<(Guid Id, string Code, string Issuer)> Assets { get; }

        public List<ContractTokenRow> Tokens { get; }

        public List<LiquidityPoolRow> Pools { get; }

        public List<NativeBalanceRow> Native { get; } = [];

        public List<TrustlineBalanceRow> Trustlines { get; } = [];

        public List<SacBalanceRow> Sac { get; } = [];

        public List<Sep41BalanceRow> Sep41 { get; } = [];

        public List<(string Account, ContractTokenRow Token)> Used { get; } = [];

        public List<PoolShareRow> Shares { get; } = [];

        public List<Sep41AllowanceRow> Allowances { get; } = [];

        /// <summary>Some rows of a list, in random order, each once.</summary>
        public IEnumerable<T> Some<T>(List<T> all)
        {
            T[] shuffled = [.. all];
            Random.Shuffle(shuffled);
            return shuffled.Take(Random.Next(all.Count + 1));
        }

        public string Sql() => string.Join('\n',
            Insert("trustline_assets (id, code, issuer)", Assets.Select(row => Values(row.Id, row.Code, row.Issuer))),
            Insert("contract_tokens (id, contract_id, type, code, issuer, name, symbol, decimals)", Tokens.Select(row => Values(
                row.Id, row.Contract, row.Type, row.Code, row.Issuer, row.Name, row.Symbol, row.Decimals))),
            Insert("liquidity_pools", Pools.Select(row => Values(
                row.PoolId, row.AssetA, row.AmountA, row.AssetB, row.AmountB, row.LastModifiedLedger))),
            Insert("native_balances", Native.Select(row => Values(
                Stored(row.Account), row.Balance, row.MinimumBalance, row.BuyingLiabilities, row.SellingLiabilities, row.NumSubentries,
                row.LastModifiedLedger))),
            Insert("trustline_balances", Trustlines.Select(row => Values(
                Stored(row.Account), row.AssetId, row.Balance, row.TrustLimit, row.BuyingLiabilities, row.SellingLiabilities, row.Flags,
                row.LastModifiedLedger))),
            Insert("sac_balances", Sac.Select(row => Values(
                Stored(row.Account), row.Token.Id, row.Balance, row.IsAuthorized, row.IsClawbackEnabled, row.LastModifiedLedger))),
            Insert("sep41_balances", Sep41.Select(row => Values(
                Stored(row.Account), row.Token.Id, row.Balance, row.LastModifiedLedger))),
            Insert("account_contract_tokens", Used.Select(row => Values(row.Account, row.Token.Id))),
            Insert("liquidity_pool_balances", Shares.Select(row => Values(
                Stored(row.Account), row.PoolId, row.Shares, row.LastModifiedLedger))),
            Insert("sep41_allowances", Allowances.Select(row => Values(
                Stored(row.Owner), Stored(row.Spender), row.Token.Id, row.Amount, row.ExpirationLedger, row.LastModifiedLedger))));

        private static string Insert(string table, IEnumerable<string> rows) => $"INSERT INTO {table} VALUES {string.Join(", ", rows)};";

        private static string Values(params object?[] values) => $"({string.Join(", ", values.Select(value => value is null
            ? "NULL"
            : $"'{Convert.ToString(value, CultureInfo.InvariantCulture)}'"))})";

        private static string Stored(string address) => $"\\x{Convert.ToHexString(StellarAddress.Parse(address).Stored.Span)}";

        private StellarAddress Address(StrKeyKind kind) => StellarAddress.Parse(StrKey.Encode(kind, Bytes(32)));

        private Guid Id() => new(Bytes(16));

        private string Hex() => Convert.ToHexStringLower(Bytes(32));

        private long Amount() => Random.NextInt64() >> Random.Next(63);

        private int Ledger() => Random.Next();

        private BigInteger Wide() => new BigInteger(Bytes(16), isUnsigned: true) >> Random.Next(1, 127);

        private byte[] Bytes(int count)
        {
            byte[] bytes = new byte[count];
            Random.NextBytes(bytes);
            return bytes;
        }
    }
}
