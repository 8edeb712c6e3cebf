using Npgsql;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>Compares the wallet tables of a database with the rows that an independent program expects of a sample archive.</summary>
internal static class ExpectedTables
{
    private static readonly Dictionary<string, string> Queries = new()
    {
        ["native_balances"] =
            "SELECT "
                + "encode(account_id,'hex'),balance,minimum_balance,buying_liabilities,selling_liabilities,num_subentries,"
                + "last_modified_ledger FROM native_balances",
        ["trustline_balances"] =
            "SELECT "
                + "encode(account_id,'hex'),asset_id,balance,trust_limit,buying_liabilities,selling_liabilities,flags,"
                + "last_modified_ledger FROM trustline_balances",
        ["trustline_assets"] = "SELECT id,code,issuer FROM trustline_assets",
        ["liquidity_pools"] = "SELECT pool_id,asset_a,amount_a,asset_b,amount_b,last_modified_ledger FROM liquidity_pools",
        ["liquidity_pool_balances"] = "SELECT encode(account_id,'hex'),pool_id,shares,last_modified_ledger FROM liquidity_pool_balances",
        ["sac_balances"] =
            "SELECT encode(account_id,'hex'),contract_id,balance,is_authorized,is_clawback_enabled,last_modified_ledger FROM sac_balances",
        ["contract_tokens"] = "SELECT id,contract_id,type,code,issuer,name,symbol,decimals FROM contract_tokens",
        ["protocol_wasms"] = "SELECT encode(wasm_hash,'hex') FROM protocol_wasms",
        ["protocol_contracts"] = "SELECT encode(contract_id,'hex'),encode(wasm_hash,'hex') FROM protocol_contracts",
    };

    public static IEnumerable<string> Names => Queries.Keys;

    /// <summary>Asserts that every table holds exactly the expected rows.</summary>
    public static async Task AssertEqualAsync(NpgsqlDataSource database, string archive)
    {
        foreach (string table in Queries.Keys)
        {
            string[] lines = await File.ReadAllLinesAsync(SampleData.Require($"expected/{archive}/{table}.csv"));
            List<string> expected = [.. lines.Skip(1)];
            List<string> actual = await ReadAsync(database, table);
            expected.Sort(StringComparer.Ordinal);
            Assert.True(
                expected.SequenceEqual(actual),
                $"{table}: {expected.Except(actual).Count()} expected rows missing, {actual.Except(expected).Count()} unexpected; first "
                    + $"missing {expected.Except(actual).FirstOrDefault()}; first unexpected {actual.Except(expected).FirstOrDefault()}");
        }
    }

    /// <summary>All wallet tables as sorted lines, to compare two databases.</summary>
    public static async Task<string> SnapshotAsync(NpgsqlDataSource database)
    {
        var all = new List<string>();
        foreach (string table in Queries.Keys)
        {
            all.Add($"== {table}");
            all.AddRange(await ReadAsync(database, table));
        }

        return string.Join('\n', all);
    }

    private static async Task<List<string>> ReadAsync(NpgsqlDataSource database, string table)
    {
        await using NpgsqlConnection connection = await database.OpenConnectionAsync();
        using TextReader reader = await connection.BeginTextExportAsync($"COPY ({Queries[table]}) TO STDOUT WITH (FORMAT csv, NULL '')");
        var rows = new List<string>();
        while (await reader.ReadLineAsync() is { } line) rows.Add(line);
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }
}
