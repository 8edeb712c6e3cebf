using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Tests.Projections.Wallet;

/// <summary>Names of token contracts from their instance storage, and what a contract may write there that is none.</summary>
public sealed class TokenMetadataTests
{
    private static readonly byte[] Examples = ScValueXdr.Symbol("METADATA");
    private static readonly byte[] Others = ScValueXdr.Vec(ScValueXdr.Symbol("Meta"));

    public static TheoryData<string, byte[], byte[], bool> Cases()
    {
        byte[] name = ScValueXdr.Text("Käse"), symbol = ScValueXdr.Text("CHS"), six = ScValueXdr.U32(6);
        return new TheoryData<string, byte[], byte[], bool>
        {
            { "METADATA", Examples, Map(("decimal", six), ("name", name), ("symbol", symbol)), true },
            { "Meta", Others, Map(("decimals", six), ("name", name), ("symbol", symbol)), true },
            { "most that is taken", Examples, Map(("decimal", ScValueXdr.U32(70)), ("name", Text(128)), ("symbol", Text(32))), true },
            { "empty texts", Examples, Map(("decimal", six), ("name", Text(0)), ("symbol", Text(0))), true },
            { "too many decimals", Examples, Map(("decimal", ScValueXdr.U32(71)), ("name", name), ("symbol", symbol)), false },
            { "name too long", Examples, Map(("decimal", six), ("name", Text(129)), ("symbol", symbol)), false },
            { "symbol too long", Examples, Map(("decimal", six), ("name", name), ("symbol", Text(33))), false },
            { "zero byte", Examples, Map(("decimal", six), ("name", ScValueXdr.Text([0x41, 0])), ("symbol", symbol)), false },
            { "no UTF-8", Examples, Map(("decimal", six), ("name", ScValueXdr.Text([0xc3, 0x28])), ("symbol", symbol)), false },
            { "no symbol", Examples, Map(("decimal", six), ("name", name)), false },
            { "no decimals", Examples, Map(("name", name), ("symbol", symbol)), false },
            { "decimals signed", Examples, Map(("decimal", ScValueXdr.I32(6)), ("name", name), ("symbol", symbol)), false },
            { "name is a symbol", Examples, Map(("decimal", six), ("name", ScValueXdr.Symbol("Kase")), ("symbol", symbol)), false },
            { "no map", Examples, ScValueXdr.U32(6), false },
            { "absent map", Examples, ScValueXdr.MapAbsent(), false },
            { "another key", ScValueXdr.Symbol("Metadata"), Map(("decimal", six), ("name", name), ("symbol", symbol)), false },
            { "a vector of two", ScValueXdr.Vec(ScValueXdr.Symbol("Meta"), six), Map(("decimal", six), ("name", name), ("symbol", symbol)),
                false },
            { "an absent vector", ScValueXdr.VecAbsent(), Map(("decimal", six), ("name", name), ("symbol", symbol)), false },
        };
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Projection_InstanceStorage_GivesTheNameOrNothing(string what, byte[] key, byte[] value, bool isTaken)
    {
        byte[] entry = new ContractDataBuilder
        {
            Contract = ScAddressXdr.Contract(new byte[32]), StorageKey = ScValueXdr.InstanceKey(),
            Value = ScValueXdr.WasmInstance(new byte[32], (ScValueXdr.Symbol("A"), ScValueXdr.U32(1)), (key, value)),
        }.Entry();
        Assert.True((isTaken ? (1L, 0L) : (0L, 1L)) == Count(entry, readsTokens: true), what);
        Assert.Null(Count(entry, readsTokens: false));
    }

    [SkippableFact]
    public async Task RunAsync_TokenMetadata_FillsTheRowsOfTokensAndReportsHowMany()
    {
        string folder = Directory.CreateTempSubdirectory("pipeline-tokens-").FullName;
        try
        {
            // Among the asset contracts of a generated archive are some of WASM that only look like ones, with their metadata.
            await CheckpointArchiveGenerator.GenerateAsync(folder, new GeneratorOptions { Accounts = 20, Trustlines = 20, Seed = 4 });
            await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
            const string Described =
                "SELECT count(*) FROM contract_tokens WHERE type = 'UNKNOWN' AND name LIKE 'GONE%' AND symbol = 'GONE' AND decimals = 7 "
                    + "AND code IS NULL AND issuer IS NULL";
            PopulateReport plain = await LoadAsync(folder, database, new PopulateOptions());
            Assert.Null(plain.TokenMetadata);
            Assert.Equal(0, await database.QueryAsync<long>(Described));
            foreach (ForeignKeyChoice keys in new[] { ForeignKeyChoice.Replica, ForeignKeyChoice.Ordered })
            {
                PopulateReport report =
                    await LoadAsync(folder, database, new PopulateOptions { Replace = true, TokenMetadata = true, ForeignKeys = keys });
                long described = await database.QueryAsync<long>(Described);
                Assert.True(described > 0);
                Assert.Equal(described, report.TokenMetadata!.FromStorage);
                Assert.Equal(await database.QueryAsync<long>(
                    "SELECT count(*) FROM contract_tokens WHERE type = 'UNKNOWN' AND name IS NULL"), report.TokenMetadata.Unknown);
                await database.ExecuteAsync("UPDATE contract_tokens SET name = NULL, symbol = NULL, decimals = 0 WHERE type = 'UNKNOWN'");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (long FromStorage, long Unknown)? Count(byte[] entry, bool readsTokens)
    {
        var pages = new PagePool();
        using var projection = new WalletProjection(63, StellarNetwork.Testnet, pages, readsTokens);
        using IRowEncoder<LedgerEntryView> encoder = projection.CreateEncoder(pages);
        encoder.Encode(LedgerEntryView.Parse(entry));
        var chunk = new ProjectedRows(projection.Kinds.Count, projection.Outcomes.Count);
        encoder.Flush(chunk);
        var rows = new List<RowPage>();
        if (chunk.Facts is { } facts) projection.Collect(facts);
        projection.LateRows(LateRowsMoment.End, null, rows);
        foreach (RowPage page in rows) page.Dispose();
        return projection.Tokens;
    }

    private static Task<PopulateReport> LoadAsync(string folder, TestDatabase database, PopulateOptions options) =>
        new CheckpointPopulation(HistoryArchive.Open(folder), database.DataSource, options, NullLoggerFactory.Instance).RunAsync();

    private static byte[] Map(params (string Key, byte[] Value)[] fields) =>
        ScValueXdr.Map([.. fields.Select(field => (ScValueXdr.Symbol(field.Key), field.Value))]);

    private static byte[] Text(int length) => ScValueXdr.Text(new string('a', length));
}
