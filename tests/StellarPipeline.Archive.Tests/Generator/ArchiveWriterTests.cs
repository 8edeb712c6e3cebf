using System.Text.Json;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Generator;

public sealed class ArchiveWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(22u, "dd0fa2787678f70814f725d98cb99955f13a4da2c3ba4339fc708374e655b139")]
    [InlineData(23u, "8475245632bdc490ef81f9204d51cb1642015118c430fab2895f53ccc003ff8c")]
    public void Write_BucketWithoutEntries_HasTheReferenceHash(uint protocol, string expected)
    {
        WrittenArchive archive = Write([], protocol);

        Assert.Equal(expected, archive.Bucket(10).File.Hash);
        Assert.True(File.Exists(archive.PathOf(archive.Bucket(10))));
    }

    [Fact]
    public void Write_EmptyHotArchiveBucket_HasTheReferenceHash()
    {
        ArchiveDefinition definition = new() { Settings = new() { Protocol = 23 }, HotArchiveLevels = [new LevelBuckets([])] };

        WrittenArchive archive = ArchiveWriter.Write(folder.Path, definition);

        Assert.Equal("d3ca223ced12b53fe2ff5f209bd9bda7fe2468dac3696f2bf76432f3fa0f7385", archive.Bucket(0, hotArchive: true).File.Hash);
    }

    [Fact]
    public void OfList_ElevenEmptyLevels_HasTheReferenceHash()
    {
        byte[] hash = BucketListHash.OfList(Enumerable.Repeat((BucketFile.Empty.Hash, BucketFile.Empty.Hash), 11));

        Assert.Equal("fe05118472ded163eec364dac2e960ba8ac910689c88cead24b394962b13a1e6", Convert.ToHexStringLower(hash));
        Assert.Equal("2334d845d2d66a8d831f4a15604870500688ad86ffb9b74e379ee57cd09fb442",
            Convert.ToHexStringLower(BucketListHash.OfHeader(23, hash, hash)));
    }

    [Theory]
    [InlineData(63u, 64u, 22u, 63)]
    [InlineData(127u, 64u, 22u, 64)]
    [InlineData(7u, 8u, 25u, 7)]
    [InlineData(15u, 8u, 25u, 8)]
    public void Write_AnyCheckpoint_ChainsHeadersThatCommitToTheState(uint checkpoint, uint frequency, uint protocol, int expectedHeaders)
    {
        ArchiveDefinition definition = ArchiveDefinition.OfOneBucket([new AccountBuilder().Init()]) with
        {
            Settings = new() { CheckpointLedger = checkpoint, CheckpointFrequency = frequency, Protocol = protocol },
        };

        WrittenArchive archive = ArchiveWriter.Write(folder.Path, definition);

        Assert.Equal(expectedHeaders, ArchiveOracle.CheckProof(archive.Folder, checkpoint, frequency));
    }

    [Fact]
    public void Write_BasicValuesAndEditedHeaders_WritesThem()
    {
        ArchiveDefinition definition = ArchiveDefinition.OfOneBucket([]) with
        {
            Settings = new()
            {
                Protocol = 22,
                SignedValues = false,
                EditHeader = static (ledger, header) => header.Upgrades = ledger == 5 ? [[1, 2, 3, 4]] : [],
            },
        };

        WrittenArchive archive = ArchiveWriter.Write(folder.Path, definition);

        List<byte[]> headers = RecordFraming.Split(GzipFiles.Read(archive.LedgerPath));
        Assert.Equal(32 + 324 + 4, headers[0].Length);
        Assert.Equal(32 + 324 + 8 + 4, headers[4].Length);
        Assert.Equal(63, ArchiveOracle.CheckProof(archive.Folder, 63, 64));
    }

    [Fact]
    public void Write_EmptyTransactionSetValues_MovesTheHashIntoTheExtension()
    {
        ArchiveDefinition definition = ArchiveDefinition.OfOneBucket([]) with
        {
            Settings = new()
            {
                Protocol = 28,
                EditHeader = static (_, header) => (header.ValueExtension, header.TransactionSetHash) = (2, EntryBuilderTests.Filled(7)),
            },
        };

        WrittenArchive archive = ArchiveWriter.Write(folder.Path, definition);

        byte[] record = RecordFraming.Split(GzipFiles.Read(archive.LedgerPath))[0];
        Assert.Equal(32 + 324 + 172 + 4, record.Length);
        Assert.Equal(new byte[32], record[68..100]);
        Assert.Equal(EntryBuilderTests.Filled(7), record[116..148]);
    }

    [Fact]
    public void Write_LazyRecords_ArePulledInOrderAndFramed()
    {
        BucketRecord[] records = [new AccountBuilder().Init(), new OfferBuilder().Live(), new DataBuilder().Dead()];

        WrittenArchive archive = Write(records, 25);

        List<byte[]> bodies = RecordFraming.Split(GzipFiles.Read(archive.PathOf(archive.Bucket(10))));
        Assert.Equal([-1, 2, 0, 1], bodies.Select(body => (int)(sbyte)body[3]));
        Assert.Equal(new DataBuilder().Key(), bodies[3][4..]);
        Assert.Equal(4, archive.Bucket(10).File.Records);
    }

    [Fact]
    public void Write_Protocol22_WritesStateVersionOneWithoutHotArchive()
    {
        WrittenArchive archive = Write([], 22);

        using var state = JsonDocument.Parse(File.ReadAllText(archive.StatePath));
        Assert.Equal(1, state.RootElement.GetProperty("version").GetInt32());
        Assert.False(state.RootElement.TryGetProperty("hotArchiveBuckets", out _));
        Assert.Equal(File.ReadAllBytes(archive.StatePath), File.ReadAllBytes(archive.RootStatePath));
    }

    [Fact]
    public void Write_TransactionAndResultFiles_AreGzipOfNothing()
    {
        WrittenArchive archive = Write([], 25);

        Assert.Empty(GzipFiles.Read(Path.Combine(archive.Folder, "transactions/00/00/00/transactions-0000003f.xdr.gz")));
        Assert.Empty(GzipFiles.Read(Path.Combine(archive.Folder, "results/00/00/00/results-0000003f.xdr.gz")));
        Assert.True(new FileInfo(Path.Combine(archive.Folder, "results/00/00/00/results-0000003f.xdr.gz")).Length > 0);
    }

    [Fact]
    public async Task WriteAsync_Cancelled_LeavesNoPendingFile()
    {
        using CancellationTokenSource source = new();
        var definition = ArchiveDefinition.OfOneBucket(CancelInTheMiddle(source));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ArchiveWriter.WriteAsync(folder.Path, definition, source.Token));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static IEnumerable<BucketRecord> CancelInTheMiddle(CancellationTokenSource source)
    {
        yield return new AccountBuilder().Init();
        source.Cancel();
        yield return new OfferBuilder().Init();
    }

    private WrittenArchive Write(IEnumerable<BucketRecord> records, uint protocol) =>
        ArchiveWriter.Write(folder.Path, ArchiveDefinition.OfOneBucket(records) with { Settings = new() { Protocol = protocol } });
}
