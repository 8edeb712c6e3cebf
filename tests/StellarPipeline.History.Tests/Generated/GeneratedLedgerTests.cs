using System.Globalization;
using StellarPipeline.Generator;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;
using StellarPipeline.HistoryModel.Rules;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>Generated ledgers are ledgers: whole, hashed, chained, and the model's rows of them agree with themselves.</summary>
public sealed class GeneratedLedgerTests
{
    private const int Seeds = 300;
    private const int LedgersPerSeed = 3;

    [Fact]
    public void Decode_EverySeed_HashesAreTrueAndChain()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            string? previous = null;
            foreach (GeneratedLedger ledger in new LedgerGenerator(GeneratedLedgers.Options(seed)).Take(LedgersPerSeed))
            {
                var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
                Assert.Empty(meta.HashProblems());
                Assert.Equal(ledger.Sequence, meta.Header.Header.Sequence);
                Assert.Equal(previous ?? meta.Header.Header.PreviousHash, meta.Header.Header.PreviousHash);
                previous = meta.Header.Hash;
            }
        }
    }

    [Fact]
    public void Rows_EverySeed_CountsInAreCountsOutAndIdsAreUnique()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            LedgerGeneratorOptions options = GeneratedLedgers.Options(seed);
            foreach (GeneratedLedger ledger in new LedgerGenerator(options).Take(LedgersPerSeed))
            {
                var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
                HistoryRows rows = LedgerModel.Rows(meta, options.Passphrase);
                Assert.Equal(ledger.Transactions, rows.Transactions.Count);
                Assert.Equal(ledger.Operations, rows.Operations.Count);
                Assert.Equal(rows.Transactions.Count, rows.Transactions.DistinctBy(static row => row.ToId).Count());
                Assert.Equal(rows.Transactions.Count, rows.Transactions.DistinctBy(static row => row.Hash).Count());
                Assert.Equal(rows.Operations.Count, rows.Operations.DistinctBy(static row => row.Id).Count());
                Assert.Equal(rows.StateChanges.Count,
                    rows.StateChanges.DistinctBy(static row => (row.ToId, row.OperationId, row.Id)).Count());
                Assert.All(rows.StateChanges, change => Assert.Contains((change.Account, change.ToId), rows.TransactionAccounts));
            }
        }
    }

    [Fact]
    public void Take_EqualSeeds_EqualBytes()
    {
        LedgerGeneratorOptions options = GeneratedLedgers.Options(17);
        byte[][] first = [.. new LedgerGenerator(options).Take(3).Select(static ledger => ledger.CloseMeta.ToArray())];
        byte[][] second = [.. new LedgerGenerator(options).Take(3).Select(static ledger => ledger.CloseMeta.ToArray())];
        byte[][] other = [.. new LedgerGenerator(options with { Seed = 18 }).Take(3).Select(static ledger => ledger.CloseMeta.ToArray())];
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void Rows_AllSeeds_ShowEveryKind()
    {
        HashSet<string> operations = [], failed = [], changes = [], codes = [];
        HashSet<(int Close, int Meta)> versions = [];
        HashSet<int> arms = [];
        for (int seed = 1; seed <= Seeds; seed++)
        {
            LedgerGeneratorOptions options = GeneratedLedgers.Options(seed);
            foreach (GeneratedLedger ledger in new LedgerGenerator(options).Take(LedgersPerSeed))
            {
                var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
                HistoryRows rows = LedgerModel.Rows(meta, options.Passphrase);
                operations.UnionWith(rows.Operations.Where(static row => row.Successful).Select(static row => row.Type));
                failed.UnionWith(rows.Operations.Where(static row => !row.Successful).Select(static row => row.Type));
                codes.UnionWith(rows.Transactions.Select(static row => row.ResultCode));
                changes.UnionWith(rows.StateChanges.Select(static row => $"{row.Category} {row.Reason}"));
                versions.UnionWith(meta.Transactions.Select(transaction => (meta.Version, transaction.Meta.Version)));
                arms.Add(meta.Header.Header.Value.Arm);
            }
        }

        Assert.Equal([], OperationRules.Names.Except(operations));
        Assert.Equal([], OperationRules.Names.Except(failed));
        Assert.Equal([0, 1, 2, 3, 4], arms.Order());
        Assert.Equal([(0, 1), (0, 2), (0, 4), (1, 3), (1, 4), (2, 4)], versions.Order());
        Assert.Equal(20, codes.Count);
        string[] expected =
        [
            "ACCOUNT CREATE", "ACCOUNT MERGE", "BALANCE BURN", "BALANCE CREDIT", "BALANCE DEBIT", "BALANCE MINT",
                "BALANCE_AUTHORIZATION CLEAR", "BALANCE_AUTHORIZATION SET",
            "DATA_ENTRY ADD", "DATA_ENTRY REMOVE", "DATA_ENTRY UPDATE", "FLAGS CLEAR", "FLAGS SET", "HOME_DOMAIN CLEAR", "HOME_DOMAIN SET",
                "HOME_DOMAIN UPDATE",
            "SIGNATURE_THRESHOLD UPDATE", "SIGNER ADD", "SIGNER REMOVE", "SIGNER UPDATE", "TRUSTLINE ADD", "TRUSTLINE REMOVE",
                "TRUSTLINE UPDATE",
        ];
        Assert.Equal(expected, changes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    [InlineData(1000)]
    public void Take_Rates_AreThoseOfTheOptions(int perThousand)
    {
        LedgerGeneratorOptions options = new() { Transactions = 60, MaxOperations = 3, Accounts = 80, FailuresPerThousand = 0 };

        AssertRate(perThousand, options with { SorobanPerThousand = perThousand }, static (envelope, _) => envelope.HasSorobanData);

        // A transaction whose source was merged before its turn, or that finds nothing to do, fails at any rate: -8, -4.
        AssertRate(perThousand, options with { FailuresPerThousand = perThousand, FeeBumpsPerThousand = 0 }, (_, applied) =>
            perThousand == 1000 ? !applied.Result.Successful : applied.Result.Code is not (0 or -4 or -8));
        AssertRate(perThousand, options with { FeeBumpsPerThousand = perThousand }, static (envelope, _) => envelope.IsFeeBump);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(400)]
    public void Take_Transactions_AreAsManyAsAsked(int transactions)
    {
        LedgerGeneratorOptions options = new() { Transactions = transactions, MaxOperations = 2, Accounts = 500 };
        foreach (GeneratedLedger ledger in new LedgerGenerator(options).Take(2))
        {
            var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
            Assert.Equal((transactions, transactions), (ledger.Transactions, meta.Transactions.Count));
            Assert.All(meta.Set.Envelopes, static envelope => Assert.InRange(envelope.Operations.Count, 0, 2));
        }
    }

    [Theory]
    [InlineData(0, 5u)]
    [InlineData(1, 9u)]
    [InlineData(2, 19u)]
    [InlineData(3, 22u)]
    [InlineData(4, 22u)]
    public void Take_MetaVersion_IsThatOfEveryTransaction(int version, uint protocol)
    {
        var meta = CloseMeta.Decode(new LedgerGenerator(new LedgerGeneratorOptions { Protocol = protocol, MetaVersion = version })
            .Next().CloseMeta.ToArray());

        Assert.NotEmpty(meta.Transactions);
        Assert.All(meta.Transactions, transaction => Assert.Equal(version, transaction.Meta.Version));
    }

    [Fact]
    public void Constructor_ImpossibleOptions_NamesEachProblem()
    {
        GeneratorException error = Assert.Throws<GeneratorException>(static () => new LedgerGenerator(new LedgerGeneratorOptions
        {
            Protocol = 31,
            Accounts = 0,
        }));
        Assert.Contains("2 problems", error.Message, StringComparison.Ordinal);
        Assert.Contains(LedgerGeneratorOptions.MaxProtocol.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    // All or none at the ends; between, within what dice do.
    private static void AssertRate(int perThousand, LedgerGeneratorOptions options, Func<Envelope, AppliedTransaction, bool> counts)
    {
        int all = 0, counted = 0;
        foreach (GeneratedLedger ledger in new LedgerGenerator(options).Take(5))
        {
            var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
            var envelopes = meta.Set.Envelopes.ToDictionary(envelope => envelope.Hash(options.Passphrase));
            all += meta.Transactions.Count;
            counted += meta.Transactions.Count(applied => counts(envelopes[applied.Result.Hash], applied));
        }

        int expected = all * perThousand / 1000;
        int tolerance = perThousand is 0 or 1000 ? 0 : all / 8;
        Assert.InRange(counted, expected - tolerance, expected + tolerance);
    }
}
