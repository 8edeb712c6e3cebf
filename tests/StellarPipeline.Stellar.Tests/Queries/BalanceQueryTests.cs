using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>What an account owns: each table's rows with what they refer to, page by page.</summary>
public sealed class BalanceQueryTests
{
    private const int Lines = 300;

    private static readonly StellarAddress Rich = StellarAddress.Parse(StrKey.Encode(StrKeyKind.Account, new byte[32]));
    private static readonly StellarAddress Poor = StellarAddress.Parse(StrKey.Encode(StrKeyKind.Account, [.. new byte[31], 1]));
    private static readonly StellarAddress Contract = StellarAddress.Parse(StrKey.Encode(StrKeyKind.Contract, new byte[32]));

    [SkippableFact]
    public async Task GetByAccountAsync_ManyTrustlines_ComePageByPageEachOnce()
    {
        await using TestDatabase database = await CreateAsync();
        var queries = new StellarQueries(database.DataSource);
        var rows = new List<TrustlineBalanceRow>();
        string? after = null;
        do
        {
            KeyedPage<TrustlineBalanceRow> page = await queries.TrustlineBalances.GetByAccountAsync(Rich, 70, after);
            rows.AddRange(page.Rows);
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(Lines, rows.Count);
        Assert.Equal(Enumerable.Range(1, Lines).Select(n => $"T{n} {n * 10} {n}").Order(),
            rows.Select(row => $"{row.Code} {row.Balance} {row.LastModifiedLedger}").Order());
        Assert.All(rows, row => Assert.Equal((Rich.Text, "GISSUER", 1000L, 1), (row.Account, row.Issuer, row.TrustLimit, row.Flags)));
        Assert.Empty((await queries.TrustlineBalances.GetByAccountAsync(Poor)).Rows);
        Assert.Null((await queries.TrustlineBalances.GetByAccountAsync(Rich, Lines)).Next);
    }

    [SkippableFact]
    public async Task Balances_OfEveryKind_AreTheRowsWithWhatTheyReferTo()
    {
        await using TestDatabase database = await CreateAsync();
        var queries = new StellarQueries(database.DataSource);

        Assert.Equal(new NativeBalanceRow(Rich.Text, 5, 6, 7, 8, 9, 10), await queries.NativeBalances.GetByAccountAsync(Rich));
        Assert.Null(await queries.NativeBalances.GetByAccountAsync(Poor));
        SacBalanceRow sac = Assert.Single((await queries.SacBalances.GetByAccountAsync(Contract)).Rows);
        Assert.Equal(("CTOKEN1", "SAC", "170141183460469231731687303715.8841057", false, true),
            (sac.Token.Contract, sac.Token.Type, sac.Balance, sac.IsAuthorized, sac.IsClawbackEnabled));
        Assert.Equal(System.Numerics.BigInteger.Parse("170141183460469231731687303715884105727"),
            Assert.Single((await queries.Sep41Balances.GetByAccountAsync(Rich)).Rows).Balance);
        ContractTokenRow token = Assert.Single((await queries.AccountContractTokens.GetByAccountAsync(Rich)).Rows);
        Assert.Equal(("CTOKEN2", "Token two", 6), (token.Contract, token.Name, token.Decimals));
        Assert.Equal(["CTOKEN1", "CTOKEN2"],
            (await queries.ContractTokens.GetExistingAsync(["CTOKEN1", "CTOKEN2", "CNONE", "CTOKEN1"])).Keys.Order());
        Assert.Equal("CTOKEN1", (await queries.ContractTokens.GetByAssetAsync("T1", "GISSUER"))?.Contract);
        Assert.Null(await queries.ContractTokens.GetByAssetAsync("T2", "GISSUER"));
        Guid asset = (await queries.TrustlineAssets.GetAsync("T3", "GISSUER"))!.Value;
        Assert.Equal((1, 1, 30), await queries.TrustlineAssets.GetTotalsAsync(asset));
        Assert.Null(await queries.TrustlineAssets.GetAsync("T3", "GOTHER"));
    }

    [SkippableFact]
    public async Task PoolShares_PoolIsMissing_AreThereWithoutIt()
    {
        await using TestDatabase database = await CreateAsync();
        var queries = new StellarQueries(database.DataSource);
        KeyedPage<PoolShareRow> first = await queries.PoolShares.GetByAccountAsync(Rich, 1);
        KeyedPage<PoolShareRow> second = await queries.PoolShares.GetByAccountAsync(Rich, 1, first.Next);
        Assert.Equal(("aa", 11, "native", 100),
            (first.Rows[0].PoolId, first.Rows[0].Shares, first.Rows[0].Pool!.AssetA, first.Rows[0].Pool!.AmountA));
        Assert.Equal("bb", second.Rows[0].PoolId);
        Assert.Null(second.Rows[0].Pool);
        Assert.Null(second.Next);
        Assert.Equal("aa", Assert.Single(await queries.LiquidityPools.GetByIdsAsync(["aa", "bb"])).Key);
        await Assert.ThrowsAsync<QueryInputException>(() => queries.TrustlineBalances.GetByAccountAsync(Rich, 1, first.Next));
    }

    [SkippableFact]
    public async Task Allowances_SomeHaveExpired_AreThoseThatTheNewestLedgerStillHas()
    {
        await using TestDatabase database = await CreateAsync();
        var queries = new StellarQueries(database.DataSource);
        Assert.Equal([1, 2], (await queries.Sep41Allowances.GetByOwnerAsync(Rich)).Rows.Select(row => (int)row.Amount).Order());
        await queries.IngestStore.SetAsync(IngestStore.Latest, 100);
        Assert.Equal([1, 2], (await queries.Sep41Allowances.GetByOwnerAsync(Rich)).Rows.Select(row => (int)row.Amount).Order());
        await queries.IngestStore.SetAsync(IngestStore.Latest, 101);
        Sep41AllowanceRow left = Assert.Single((await queries.Sep41Allowances.GetByOwnerAsync(Rich)).Rows);
        Assert.Equal((2, Contract.Text, "CTOKEN2", 200), ((int)left.Amount, left.Spender, left.Token.Contract, left.ExpirationLedger));
    }

    [SkippableFact]
    public async Task Allowances_OfAnyPageSize_ComeOnceEachInTheirOrder()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync(
            "INSERT INTO sep41_allowances SELECT owner_id, '\\x30'::bytea || decode(md5(n::text) || md5('x' || n), 'hex'), id, n, "
                + "CASE n % 4 WHEN 0 THEN 99 ELSE 300 END, 4 FROM sep41_allowances AS a, contract_tokens AS t, "
                + "generate_series(10, 40) AS n WHERE a.amount = 1");
        var queries = new StellarQueries(database.DataSource);
        await queries.IngestStore.SetAsync(IngestStore.Latest, 100);
        List<string> expected = await database.RowsAsync(
            "SELECT encode(spender_id, 'hex'), t.contract_id FROM sep41_allowances AS a JOIN contract_tokens AS t ON t.id = a.contract_id "
                + "WHERE expiration_ledger >= 100 ORDER BY a.spender_id, a.contract_id");
        foreach (int limit in new[] { 1, 2, 7, 1000 })
        {
            var rows = new List<string>();
            string? after = null;
            do
            {
                KeyedPage<Sep41AllowanceRow> page = await queries.Sep41Allowances.GetByOwnerAsync(Rich, limit, after);
                Assert.InRange(page.Rows.Count, 1, limit);
                rows.AddRange(page.Rows.Select(row =>
                    $"{Convert.ToHexStringLower(StellarAddress.Parse(row.Spender).Stored.Span)}|{row.Token.Contract}"));
                after = page.Next;
            }
            while (after is not null);
            Assert.Equal(expected, rows);
        }
    }

    [SkippableTheory]
    [InlineData("al.")]
    [InlineData("al.zz")]
    [InlineData("al.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    [InlineData("tl.00000000000000000000000000000000")]
    [InlineData("00")]
    public async Task Allowances_CursorOfAnotherListOrLimitOutOfRange_AreRefused(string after)
    {
        await using TestDatabase database = await CreateAsync();
        var queries = new StellarQueries(database.DataSource);
        await Assert.ThrowsAsync<QueryInputException>(() => queries.Sep41Allowances.GetByOwnerAsync(Rich, 5, after));
        await Assert.ThrowsAsync<QueryInputException>(() => queries.Sep41Allowances.GetByOwnerAsync(Rich, 1001));
        await database.ExecuteAsync("INSERT INTO ingest_store VALUES ('latest_ingest_ledger', '1OO')");
        await Assert.ThrowsAsync<IngestCursorException>(() => queries.Sep41Allowances.GetByOwnerAsync(Rich));
    }

    [SkippableFact]
    public async Task Queries_OnATransactionThatSeesOneState_AgreeWithEachOther()
    {
        await using TestDatabase database = await CreateAsync();
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        var queries = new StellarQueries(connection, "public");
        Assert.Equal(5, (await queries.NativeBalances.GetByAccountAsync(Rich))!.Balance);
        await database.ExecuteAsync("UPDATE native_balances SET balance = 50; DELETE FROM trustline_balances");
        Assert.Equal(5, (await queries.NativeBalances.GetByAccountAsync(Rich))!.Balance);
        Assert.Equal(50, (await queries.TrustlineBalances.GetByAccountAsync(Rich)).Rows.Count);
    }

    [SkippableFact]
    public async Task IsAccountFeeBumpEligibleAsync_ChannelAccount_IsAndOthersAreNot()
    {
        await using TestDatabase database = await CreateAsync();
        await database.ExecuteAsync($"INSERT INTO channel_accounts (public_key, encrypted_private_key) VALUES ('{Rich.Text}', 'x')");
        var queries = new StellarQueries(database.DataSource);
        Assert.True(await queries.Accounts.IsAccountFeeBumpEligibleAsync(Rich));
        Assert.False(await queries.Accounts.IsAccountFeeBumpEligibleAsync(Poor));
    }

    private static async Task<TestDatabase> CreateAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await new MigrationRunner(
            database.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        string rich = $"'\\x{Convert.ToHexString(Rich.Stored.Span)}'::bytea",
            contract = $"'\\x{Convert.ToHexString(Contract.Stored.Span)}'::bytea";
        await database.ExecuteAsync(
            $"""
            INSERT INTO native_balances VALUES ({rich}, 5, 6, 7, 8, 9, 10);
            INSERT INTO trustline_assets (id, code, issuer) SELECT md5(n::text)::uuid, 'T' || n, 'GISSUER' FROM generate_series(1, {Lines})
              AS n;
            INSERT INTO trustline_balances (account_id, asset_id, balance, trust_limit, flags, last_modified_ledger) SELECT {rich},
              md5(n::text)::uuid, n * 10, 1000, 1, n FROM generate_series(1, {Lines}) AS n;
            INSERT INTO contract_tokens (id, contract_id, type, code, issuer, name, symbol, decimals)
                VALUES (md5('1')::uuid, 'CTOKEN1', 'SAC', 'T1', 'GISSUER', 'T1:GISSUER', 'T1', 7), (md5('2')::uuid, 'CTOKEN2', 'sep41',
                  NULL, NULL, 'Token two', 'TWO', 6);
            INSERT INTO sac_balances VALUES ({contract}, md5('1')::uuid, 170141183460469231731687303715.8841057, false, true, 4);
            INSERT INTO sep41_balances VALUES ({rich}, md5('2')::uuid, 170141183460469231731687303715884105727, 4);
            INSERT INTO account_contract_tokens VALUES ('{Rich.Text}', md5('2')::uuid);
            INSERT INTO liquidity_pools VALUES ('aa', 'native', 100, 'T1:GISSUER', 200, 4);
            INSERT INTO liquidity_pool_balances VALUES ({rich}, 'aa', 11, 4), ({rich}, 'bb', 12, 4);
            INSERT INTO sep41_allowances VALUES ({rich}, {contract}, md5('1')::uuid, 1, 100, 4), ({rich}, {contract}, md5('2')::uuid, 2,
              200, 4);
            """);
        return database;
    }
}
