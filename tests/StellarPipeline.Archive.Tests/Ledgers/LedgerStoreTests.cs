using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Data stores in a folder: every shape is read in order, and an end is told from a hole.</summary>
public sealed class LedgerStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 64000)]
    [InlineData(1, 7)]
    [InlineData(64, 1)]
    [InlineData(64, 64000)]
    [InlineData(10, 3)]
    public async Task Read_AnyShape_GivesEveryLedgerOnceInOrder(int perObject, int perPartition)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 150, perObject, perPartition);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        Assert.Equal(LedgerSamples.Numbers(1000, 1149), await store.ReadAsync(1000, null));
        Assert.Equal(LedgerSamples.Numbers(1003, 1100), await store.ReadAsync(1003, 1100));
        Assert.Equal([1063u], await store.ReadAsync(1063, 1063));
        Assert.Equal(0, store.Budget.LentBytes);
        Assert.Equal(LedgerSamples.Passphrase, store.NetworkPassphrase);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Read_BothExtensionsInOneStore_ReadsAll(int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 150, perObject);
        string[] files = [.. Directory.GetFiles(folder.Path, "*.zst", SearchOption.AllDirectories).Order()];
        for (int index = 0; index < files.Length; index += 2)
            File.Move(files[index], files[index] + "d");
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        Assert.Equal(LedgerSamples.Numbers(1000, 1149), await store.ReadAsync(1000, 1149));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Read_StoreEndsBeforeTheRange_GivesWhatIsThereAndSaysWhereItEnds(int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 100, perObject);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);
        List<uint> read = [];

        LedgersEndedException error = await Assert.ThrowsAsync<LedgersEndedException>(() => store.ReadAsync(1010, 1500, read));

        Assert.Equal(LedgerSamples.Numbers(1010, 1099), read);
        Assert.Equal(1099u, error.LastLedger);
        Assert.Equal(1500u, error.Wanted);
        Assert.Contains("ends at ledger 1099, but ledgers up to 1500", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, store.Budget.LentBytes);
    }

    [Fact]
    public async Task Read_RangeBehindTheEnd_SaysThatNoneIsThere()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 100);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        LedgersEndedException error = await Assert.ThrowsAsync<LedgersEndedException>(() => store.ReadAsync(5000, 6000));

        Assert.Null(error.LastLedger);
        Assert.Empty(await store.ReadAsync(5000, null));
    }

    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(1, 64000, null)]
    [InlineData(1, 64000, 1149)]
    [InlineData(10, 3, null)]
    [InlineData(10, 3, 1149)]
    public async Task Read_AnObjectIsMissingInTheMiddle_IsAHoleAndNoEnd(int perObject, int perPartition, int? last)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 150, perObject, perPartition);
        File.Delete(LedgerSamples.PathOf(folder.Path, 1050, perObject, perPartition));
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path, new LedgerStoreOptions { MaxObjectsAhead = 1 });
        List<uint> read = [];

        LedgersMissingException error = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1000, (uint?)last, read));

        Assert.Equal(LedgerSamples.Numbers(1000, 1049), read);
        Assert.Equal(1050u, error.FirstMissing);
        Assert.Equal(perObject == 1 ? 1050u : 1059u, error.LastMissing);
        Assert.Equal(FailureKind.Archive, error.Kind);
    }

    [Fact]
    public async Task Read_StoreBeginsLater_SaysWhereItBegins()
    {
        LedgerSamples.WriteStore(folder.Path, 1100, 50, 64);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        LedgersMissingException error = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1098, 1110));
        LedgersMissingException earlier = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1000, 1110));

        Assert.Equal((1098u, 1099u), (error.FirstMissing, error.LastMissing));
        Assert.Contains("the first ledger found there is 1100", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000u, earlier.FirstMissing);
    }

    [Fact]
    public async Task Read_AnObjectThatIsNotFullBeforeAnotherOne_IsAHole()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 100, 64);
        using var whole = new TemporaryFolder();
        LedgerSamples.WriteStore(whole.Path, 1000, 200, 64);
        File.Copy(LedgerSamples.PathOf(whole.Path, 1152, 64), LedgerSamples.PathOf(folder.Path, 1152, 64));
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        // Ledgers 1088 to 1099 are there, 1100 to 1151 are not.
        LedgersMissingException error = await Assert.ThrowsAsync<LedgersMissingException>(() => store.ReadAsync(1000, 1199));

        Assert.Equal((1100u, 1151u), (error.FirstMissing, error.LastMissing));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Read_SwappedObjects_NamesTheObject(int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 192, perObject);
        string one = LedgerSamples.PathOf(folder.Path, 1030, perObject);
        string other = LedgerSamples.PathOf(folder.Path, 1100, perObject);
        byte[] bytes = File.ReadAllBytes(one);
        File.Copy(other, one, overwrite: true);
        File.WriteAllBytes(other, bytes);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1000, 1100));

        Assert.Equal(LedgerErrorCode.ObjectRange, error.Code);
        Assert.Equal(one, error.File);
        Assert.Equal(0, store.Budget.LentBytes);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(40, 1)]
    [InlineData(-1, 1)]
    [InlineData(-1, 64)]
    [InlineData(-5, 64)]
    public async Task Read_CutObject_NamesTheObjectAndTheByte(int cut, int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 100, perObject);
        string path = LedgerSamples.PathOf(folder.Path, 1010, perObject);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(cut < 0 ? bytes.Length + cut : cut)]);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1000, 1030));

        Assert.Equal(LedgerErrorCode.Compression, error.Code);
        Assert.Equal(path, error.File);
        Assert.NotNull(error.ByteOffset);
        Assert.Equal(FailureKind.Archive, error.Kind);
    }

    [Fact]
    public async Task Read_BatchWhoseHeadLies_IsRefusedBeforeMemoryIsMade()
    {
        LedgerSamples.WriteStore(folder.Path, 1024, 64, 64);
        string path = LedgerSamples.PathOf(folder.Path, 1024, 64);
        foreach ((int offset, byte value) in new[] { (3, (byte)9), (7, (byte)9), (8, (byte)0x7f), (11, (byte)1) })
        {
            byte[] before = File.ReadAllBytes(path);
            LedgerSamples.Change(path, content =>
            {
                content[offset] = value;
                return content;
            });
            await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

            LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1024, 1087));

            Assert.True(error.Code is LedgerErrorCode.Batch or LedgerErrorCode.ObjectRange, error.Message);
            File.WriteAllBytes(path, before);
        }
    }

    [Fact]
    public async Task Read_BatchWithMoreOrFewerBytesThanItsLedgers_IsRefused()
    {
        LedgerSamples.WriteStore(folder.Path, 1024, 64, 64);
        string path = LedgerSamples.PathOf(folder.Path, 1024, 64);
        byte[] whole = File.ReadAllBytes(path);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        LedgerSamples.Change(path, content => [.. content, 0, 0, 0, 0]);
        LedgerException longer = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1024, 1087));
        File.WriteAllBytes(path, whole);
        LedgerSamples.Change(path, content => content[..^4]);
        LedgerException shorter = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1024, 1087));

        Assert.Equal(LedgerErrorCode.Batch, longer.Code);
        Assert.Equal(LedgerErrorCode.Format, shorter.Code);
        Assert.Equal(1087u, shorter.Ledger);
    }

    [Fact]
    public async Task Read_LedgersOfABatchInWrongOrder_IsRefused()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 2, 2);
        string path = LedgerSamples.PathOf(folder.Path, 1000, 2);
        int first = LedgerSamples.BytesOf(1000).Length;
        LedgerSamples.Change(path, content => [.. content[..12], .. content[(12 + first)..], .. content[12..(12 + first)]]);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1000, 1001));

        Assert.Equal(LedgerErrorCode.ObjectRange, error.Code);
        Assert.Equal(12, error.ByteOffset);
    }

    [Fact]
    public async Task Read_ObjectThatUnpacksToMoreThanItMay_IsRefused()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 3);
        string path = LedgerSamples.PathOf(folder.Path, 1001);
        File.WriteAllBytes(path, LedgerSamples.Zstd(new byte[8 << 20]));
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path, new LedgerStoreOptions { MaxObjectBytes = 1 << 20 });

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => store.ReadAsync(1000, 1002));

        Assert.Equal(LedgerErrorCode.SizeLimit, error.Code);
        Assert.Equal(path, error.File);
    }

    [Fact]
    public async Task Read_CallerStopsEarlyOrCancels_GivesAllMemoryBack()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 200, 8);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);
        await foreach (LedgerBuffer ledger in store.ReadAsync(new LedgerRange(1000, null), Deadline.Token))
        {
            ledger.Dispose();
            if (ledger.Sequence == 1013)
                break;
        }

        Assert.Equal(0, store.Budget.LentBytes);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (LedgerBuffer ledger in store.ReadAsync(new LedgerRange(1000, null), stop.Token))
            {
                ledger.Dispose();
                await stop.CancelAsync();
            }
        });
        Assert.Equal(0, store.Budget.LentBytes);
    }

    [Fact]
    public async Task Read_CallerKeepsLedgers_WaitsForTheBudgetAndGoesOn()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 200);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path, new LedgerStoreOptions { BudgetBytes = 1 << 20 });
        var kept = new Queue<LedgerBuffer>();
        List<uint> read = [];
        await foreach (LedgerBuffer ledger in store.ReadAsync(new LedgerRange(1000, 1199), Deadline.Token))
        {
            read.Add(ledger.Sequence);
            kept.Enqueue(ledger);
            if (kept.Count > 3)
                kept.Dequeue().Dispose();
        }

        while (kept.TryDequeue(out LedgerBuffer? ledger))
            ledger.Dispose();
        Assert.Equal(LedgerSamples.Numbers(1000, 1199), read);
        Assert.Equal(0, store.Budget.LentBytes);
        Assert.InRange(store.Budget.PeakBytes, 1, 8 << 20);
    }

    [Fact]
    public async Task Buffer_AfterItsDisposal_IsNotReadAndGivenBackOnce()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 8, 8);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);
        List<LedgerBuffer> ledgers = [];
        await foreach (LedgerBuffer ledger in store.ReadAsync(new LedgerRange(1000, 1007), Deadline.Token))
            ledgers.Add(ledger);

        ledgers[0].Dispose();
        ledgers[0].Dispose();

        Assert.Throws<ObjectDisposedException>(() => ledgers[0].Memory);
        Assert.Equal(LedgerSamples.BytesOf(1007), ledgers[7].Span);
        Assert.StartsWith(LedgerSamples.PathOf(folder.Path, 1000, 8), ledgers[7].ToString(), StringComparison.Ordinal);
        Assert.True(store.Budget.LentBytes > 0);
        ledgers.ForEach(static ledger => ledger.Dispose());
        Assert.Equal(0, store.Budget.LentBytes);
    }
}
