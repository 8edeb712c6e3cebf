using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Names of objects, up to the last ledger that there can be.</summary>
public sealed class LedgerStoreLayoutTests
{
    // The examples of SEP-54, and names of the public data lake.
    [Theory]
    [InlineData(2, 8, 3, "FFFFFFFF--0-15/FFFFFFFD--2-3.xdr.zst")]
    [InlineData(2, 8, 19, "FFFFFFEF--16-31/FFFFFFED--18-19.xdr.zst")]
    [InlineData(1, 64000, 999, "FFFFFFFF--0-63999/FFFFFC18--999.xdr.zst")]
    [InlineData(1, 64000, 53312000, "FCD285FF--53312000-53375999/FCD285FF--53312000.xdr.zst")]
    [InlineData(1, 1, 2, "FFFFFFFD--2.xdr.zst")]
    [InlineData(64, 1, 100, "FFFFFFBF--64-127.xdr.zst")]
    [InlineData(1, 64000, 4294967295, "0000D7FF--4294912000-4294967295/00000000--4294967295.xdr.zst")]
    [InlineData(100, 1, 4294967295, "0000005F--4294967200-4294967295.xdr.zst")]
    [InlineData(64, 64000, 4294967295, "0023FFFF--4292608000-4294967295/0000003F--4294967232-4294967295.xdr.zst")]
    [InlineData(4294967295, 4294967295, 4294967294, "FFFFFFFF--0-4294967295/FFFFFFFF--0-4294967294.xdr.zst")]
    [InlineData(4294967295, 4294967295, 4294967295, "FFFFFFFF--0-4294967295/00000000--4294967295-4294967295.xdr.zst")]
    public void PathOf_AnyLedger_IsTheNameOfTheSpecification(uint perObject, uint perPartition, uint ledger, string expected) =>
        Assert.Equal(expected, new LedgerStoreLayout(perObject, perPartition).PathOf(ledger, ".xdr.zst"));

    [Fact]
    public void PathOf_EveryName_MayBeAskedOfATransport() =>
        Assert.True(ArchivePath.IsSafe(new LedgerStoreLayout(64, 64000).PathOf(uint.MaxValue, ".xdr.zstd")));

    [Fact]
    public void Range_ThatIsNone_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LedgerRange(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LedgerRange(5, 4));
        Assert.Equal(uint.MaxValue, new LedgerRange(uint.MaxValue, uint.MaxValue).Last);
    }
}
