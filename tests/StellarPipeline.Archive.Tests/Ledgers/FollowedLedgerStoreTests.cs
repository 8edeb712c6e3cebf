using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>A data store that grows while it is read.</summary>
public sealed class FollowedLedgerStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task ReadAsync_StoreGrows_GivesEveryLedgerOnceInOrder(int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 40, perObject);
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path));
        List<uint> read = [];
        Task reading = source.ReadAsync(1000, 1079, read);
        await WaitAsync(() => Volatile.Read(ref read).Count >= 40, reading);

        LedgerSamples.WriteStore(folder.Path, 1040, 40, perObject);
        await reading;

        Assert.Equal(LedgerSamples.Numbers(1000, 1079), read);
    }

    [Fact]
    public async Task ReadAsync_ObjectIsHalfWrittenWhenItIsFound_IsReadAgain()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 3);
        string last = LedgerSamples.PathOf(folder.Path, 1002);
        byte[] whole = await File.ReadAllBytesAsync(last);
        await File.WriteAllBytesAsync(last, whole[..(whole.Length / 2)]);
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path));
        List<uint> read = [];
        Task reading = source.ReadAsync(1000, 1002, read);
        await WaitAsync(() => read.Count >= 2, reading);

        await File.WriteAllBytesAsync(last, whole);
        await reading;

        Assert.Equal(LedgerSamples.Numbers(1000, 1002), read);
    }

    [Fact]
    public async Task ReadAsync_ObjectStaysDamaged_IsAnError()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 3);
        await File.WriteAllBytesAsync(LedgerSamples.PathOf(folder.Path, 1001), [1, 2, 3]);
        await using var source = new FollowedLedgerStore(await LedgerSamples.OpenAsync(folder.Path));

        await Assert.ThrowsAsync<LedgerException>(() => source.ReadAsync(1000, 1002));
    }

    private static async Task WaitAsync(Func<bool> isSo, Task reading)
    {
        while (!isSo())
        {
            if (reading.IsCompleted) await reading;
            await Task.Delay(20, Deadline.Token);
        }
    }
}
