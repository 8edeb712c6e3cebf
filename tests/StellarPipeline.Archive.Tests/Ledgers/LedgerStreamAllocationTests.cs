using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Buckets;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Generator.Ledgers.Output;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>What a damaged stream costs. Alone, because allocations are counted for the whole process.</summary>
[Collection(nameof(ReadAllocationTests))]
public sealed class LedgerStreamAllocationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Read_MarkThatLies_CostsNoMemory()
    {
        string path = Path.Combine(folder.Path, "stream");
        LedgerStreamFile.Write(path, LedgerSamples.All.AsSpan(0, 2).ToArray());
        byte[] bytes = File.ReadAllBytes(path);
        bytes[0] = 0xBF;
        File.WriteAllBytes(path, bytes);
        await using var source = new LedgerStreamSource([LedgerStreamPart.File(path)]);
        long before = GC.GetTotalAllocatedBytes();

        LedgerException error = await Assert.ThrowsAnyAsync<LedgerException>(() => source.ReadAsync(null, null));

        Assert.Equal(LedgerErrorCode.Frame, error.Code);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 128 << 20);
        Assert.Equal(0, source.Budget.LentBytes);
    }
}
