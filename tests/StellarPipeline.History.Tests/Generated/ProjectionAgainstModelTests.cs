using StellarPipeline.Generator.Ledgers;
using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;
using StellarPipeline.HistoryModel.Rules;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>The fast projection gives the rows of the slow model, row by row, in all five tables.</summary>
public sealed class ProjectionAgainstModelTests
{
    private const int SeedsPerCase = 250;
    private const int LedgersPerSeed = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Project_GeneratedLedgers_RowsOfTheModel(int part)
    {
        PagePool pool = new();
        for (int seed = part * SeedsPerCase; seed < (part + 1) * SeedsPerCase; seed++)
        {
            LedgerGeneratorOptions options = GeneratedLedgers.Options(seed);
            using HistoryProjection projection = new(StellarNetwork.Parse(options.Passphrase), pool);
            foreach (GeneratedLedger ledger in new LedgerGenerator(options).Take(LedgersPerSeed))
            {
                HistoryRows expected = LedgerModel.Rows(CloseMeta.Decode(ledger.CloseMeta.ToArray()), options.Passphrase);
                ProjectedRows.AssertEqual($"seed {seed}, protocol {options.Protocol}", expected,
                    ProjectedRows.Of(projection, ledger.CloseMeta.Span));
            }
        }
    }

    [Theory]
    [InlineData(5, 0, 0, HistoryDecision.MetaVersion0)]
    [InlineData(16, 0, 0, HistoryDecision.MetaVersion0)]
    [InlineData(7, 1, 0, HistoryDecision.EarlyFeeChanges)]
    [InlineData(27, 4, 700, HistoryDecision.TrustlineFrozen)]
    public void Project_ValidLedgersThatUpstreamRefuses_RowsOfTheLenientModel(
        uint protocol, int metaVersion, int frozenPerThousand, HistoryDecision decision)
    {
        PagePool pool = new();
        int refused = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            LedgerGeneratorOptions options = GeneratedLedgers.Options(seed) with
            {
                Protocol = protocol,
                UpgradeAfter = 0,
                Transactions = 20,
                MetaVersion = metaVersion,
                FailuresPerThousand = 400,
                FrozenTrustlinesPerThousand = frozenPerThousand,
            };
            using HistoryProjection projection = new(StellarNetwork.Parse(options.Passphrase), pool);
            GeneratedLedger ledger = new LedgerGenerator(options).Next();
            var meta = CloseMeta.Decode(ledger.CloseMeta.ToArray());
            ProjectedRows.AssertEqual($"seed {seed}, protocol {protocol}", LedgerModel.Rows(meta, options.Passphrase, lenient: true),
                ProjectedRows.Of(projection, ledger.CloseMeta.Span));
            bool isRefused = Record.Exception(() => LedgerModel.Rows(meta, options.Passphrase)) is ModelStop;
            Assert.Equal(isRefused, projection.Counts[decision] > 0);
            if (isRefused) refused++;
        }

        Assert.NotEqual(0, refused);
    }
}
