using StellarPipeline.TestSupport;

namespace StellarPipeline.Archive.Tests.Generator;

/// <summary>The checks that generated archives pass, on archives that others wrote.</summary>
public class ArchiveOracleTests
{
    [SkippableTheory]
    [InlineData("archives/pubnet-p22", 63_092_991u, "Public Global Stellar Network ; September 2015", "1621 1661 907 95 97 53 51 14 28")]
    [InlineData("archives/testnet-p25", 61_999_999u, "Test SDF Network ; September 2015", "250 327 234 6 57 34 33 15 17")]
    [InlineData("archives/testnet-p30", 61_999_999u, "Test SDF Network ; September 2015", "250 327 234 6 57 34 33 15 17")]
    public void Oracles_OfSample_AgreeWithTheRecordedCounts(string name, uint checkpoint, string passphrase, string expectedRows)
    {
        string folder = SampleData.Require(name);

        Assert.Equal(64, ArchiveOracle.CheckProof(folder, checkpoint, 64));
        BucketReplay replay = new(folder);
        Assert.Equal(expectedRows, string.Join(' ', WalletRowOracle.Count(replay.Live, passphrase).Values));
    }
}
